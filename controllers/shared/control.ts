import type { BrakeState } from './brake.ts'
import type { KubeObject } from './objects.ts'

/** The ConfigMap in our own namespace through which operators stop writes, and in which the brake is kept. */
export const CONTROL_NAME = 'fairlead-safety'
export const FREEZE_KEY = 'freeze'
export const BRAKE_KEY = 'brake'
export const ACKNOWLEDGED_KEY = 'acknowledged'

export type ConfigMap = KubeObject & { readonly kind: 'ConfigMap'; readonly data?: Readonly<Record<string, string>> }

export type Freeze = { readonly reason: string; readonly by: string; readonly since: string }
export type Acknowledgement = { readonly name: string; readonly at: string }
export type Control = {
  readonly freeze: Freeze | null
  readonly brake: BrakeState | null
  readonly acknowledged: Acknowledgement | null
}

/** What the ConfigMap says. A freeze may be written by hand: any text but `false` is its reason. Unreadable state counts as absent. */
export function controlOf(configMap: ConfigMap | null): Control {
  const { data = {} } = configMap ?? {}
  return { freeze: freezeOf(data[FREEZE_KEY]), brake: brakeOf(data[BRAKE_KEY]), acknowledged: acknowledgementOf(data) }
}

function freezeOf(text: string | undefined): Freeze | null {
  const plain = text?.trim() ?? ''
  if (plain === '' || plain === 'false') return null
  const read = objectIn(plain)
  const part = (key: string) => (typeof read?.[key] === 'string' ? read[key] : '')
  return read === null
    ? { reason: plain, by: '', since: '' }
    : { reason: part('reason') || plain, by: part('by'), since: part('since') }
}

function brakeOf(text: string | undefined): BrakeState | null {
  const read = objectIn(text ?? '')
  if (typeof read?.name !== 'string' || read.name === '') return null
  return {
    name: read.name,
    since: typeof read.since === 'string' ? read.since : '',
    objects: Array.isArray(read.objects) ? read.objects.map(String) : [],
    owned: typeof read.owned === 'number' ? read.owned : 0,
  }
}

function acknowledgementOf(data: Readonly<Record<string, string>>): Acknowledgement | null {
  const read = objectIn(data[ACKNOWLEDGED_KEY] ?? '')
  return typeof read?.name === 'string' && typeof read.at === 'string' ? { name: read.name, at: read.at } : null
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null
  } catch {
    return null
  }
}
