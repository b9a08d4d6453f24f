import type { BrakeState } from '../shared/brake.ts'
import { ACKNOWLEDGED_KEY } from '../shared/control.ts'
import { type ControlAccess, readControl, writeControl } from './control.ts'

/** `fairlead brake`: whether removals are stopped, and for what. */
export async function showBrake(access: ControlAccess): Promise<string> {
  const { brake, acknowledged } = await readControl(access)
  if (brake === null || brake.name === acknowledged?.name) return 'the brake is not on'
  return rendered(brake)
}

/** `fairlead brake acknowledge NAME`: what this brake is on for may be removed. Throws if it is not the one that is on. */
export async function acknowledgeBrake(access: ControlAccess, name: string, now: number): Promise<string> {
  const { brake, acknowledged } = await readControl(access)
  if (brake === null || brake.name === acknowledged?.name) throw new Error('the brake is not on: there is nothing to acknowledge')
  if (brake.name !== name) throw new Error(`the brake that is on is ${brake.name}, not ${name}\n${rendered(brake)}`)
  await writeControl(access, { [ACKNOWLEDGED_KEY]: JSON.stringify({ name, at: new Date(now).toISOString() }) })
  return `acknowledged: what belonged to ${brake.objects.length} of ${brake.owned} is removed now, unless they are back`
}

const SHOWN = 50

function rendered({ name, since, objects, owned }: BrakeState): string {
  const more = objects.length > SHOWN ? [`  … and ${objects.length - SHOWN} more`] : []
  return [
    `${name}  on since ${since}: ${objects.length} of ${owned} disappeared without a deletion that anybody saw`,
    ...objects.slice(0, SHOWN).map((object) => `  ${object}`),
    ...more,
    `If they are to go: fairlead brake acknowledge ${name}`,
  ].join('\n')
}
