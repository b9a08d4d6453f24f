import { isForbidden } from '../cluster/errors.ts'
import type { ObjectRef } from '../shared/change.ts'
import type { Control } from '../shared/control.ts'
import type { Finding } from '../shared/finding.ts'
import { type ControlAccess, readControl } from './control.ts'

/** Why changes that are planned are not made for now. Part of the plan's JSON, a contract. `object` is null where it is for all. */
export type Stop = { readonly kind: 'freeze' | 'brake' | 'pause'; readonly object: ObjectRef | null; readonly message: string }

/** What stops writes or removals for all; nothing if it is not for the caller to see. */
export async function stopsForAll(access: ControlAccess): Promise<readonly Stop[]> {
  try {
    return stopsIn(await readControl(access))
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}

function stopsIn({ freeze, brake, acknowledged }: Control): readonly Stop[] {
  const stops: Stop[] = []
  if (freeze !== null) stops.push({ kind: 'freeze', object: null, message: `All writes are frozen: ${freeze.reason}` })
  if (brake !== null && brake.name !== acknowledged?.name) {
    const message = `Removals are stopped by the brake ${brake.name}: fairlead brake tells why`
    stops.push({ kind: 'brake', object: null, message })
  }
  return stops
}

/** What the objects of a unit say of themselves, see `Safety.pauses`. */
export function pausesAmong(findings: readonly Finding[]): readonly Stop[] {
  return findings
    .filter((item) => item.code === 'Paused')
    .map(({ object, message }) => ({
      kind: 'pause',
      object,
      message: `${object.kind} ${object.namespace}/${object.name}: ${message}`,
    }))
}
