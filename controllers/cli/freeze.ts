import { userInfo } from 'node:os'
import { FREEZE_KEY } from '../shared/control.ts'
import { type ControlAccess, readControl, writeControl } from './control.ts'

/** `fairlead freeze`: every replica stops every write within a second. Returns what to tell. */
export async function freeze(access: ControlAccess, reason: string, now: number): Promise<string> {
  const since = new Date(now).toISOString()
  await writeControl(access, { [FREEZE_KEY]: JSON.stringify({ reason, by: whoami(), since }) })
  return `all writes are frozen: ${reason}`
}

/** `fairlead unfreeze`. */
export async function unfreeze(access: ControlAccess): Promise<string> {
  const { freeze: before } = await readControl(access)
  if (before === null) return 'nothing is frozen'
  await writeControl(access, { [FREEZE_KEY]: null })
  return `writes go on; they were frozen${before.since === '' ? '' : ` since ${before.since}`}: ${before.reason}`
}

/** Only told to people: who may freeze is decided by who may write the ConfigMap. */
function whoami(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
