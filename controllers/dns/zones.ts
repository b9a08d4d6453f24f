import type { Zone } from './observed.ts'

export type ZoneChoice =
  | { readonly kind: 'zone'; readonly zone: Zone }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly zones: readonly Zone[] }
  | { readonly kind: 'bad-pin'; readonly zone: Zone | null }

export function inZone(host: string, zone: Zone): boolean {
  return host === zone.name || host.endsWith(`.${zone.name}`)
}

/**
 * The zone of a host: the one it is pinned to, else the longest that the host ends with. An internal load balancer's
 * hosts go to a private zone if one matches, else to a public one; an internet-facing one's to public zones only.
 */
export function zoneFor(
  host: string,
  scheme: 'internal' | 'internet-facing',
  pin: string | null,
  zones: readonly Zone[],
): ZoneChoice {
  if (pin !== null) {
    const pinned = zones.find((zone) => zone.id === pin) ?? null
    return pinned !== null && inZone(host, pinned) ? { kind: 'zone', zone: pinned } : { kind: 'bad-pin', zone: pinned }
  }
  const matching = zones.filter((zone) => inZone(host, zone))
  const inside = scheme === 'internal' ? matching.filter((zone) => zone.private) : []
  const eligible = inside.length > 0 ? inside : matching.filter((zone) => !zone.private)
  const longest = Math.max(...eligible.map((zone) => zone.name.length))
  const best = eligible.filter((zone) => zone.name.length === longest)
  if (best.length === 0) return { kind: 'none' }
  return best.length === 1 ? { kind: 'zone', zone: best[0]! } : { kind: 'ambiguous', zones: best }
}
