/** Room left between rules, so that the next one fits in without touching its neighbours. */
const STEP = 100
const MOST = 50_000

export type Priorities = {
  /** Of every wanted rule, by slot. */
  readonly of: ReadonlyMap<string, number>
  /** Slots of existing rules whose priority has to change, all in one SetRulePriorities. */
  readonly moved: readonly string[]
}

/**
 * Priorities for rules in the wanted order. Existing rules keep theirs as far as the order allows (longest increasing
 * subsequence), others go into the gaps; only where there is no room all are spread anew.
 * In-order partial execution gives the same answer for the rest, so a plan stays true while it is applied.
 */
export function assignPriorities(
  order: readonly string[],
  existing: ReadonlyMap<string, number>,
  /** Priorities of rules that are not in `order` but still there. */
  occupied: ReadonlySet<number>,
): Priorities {
  const kept = longestIncreasing(order.filter((slot) => existing.has(slot)).map((slot) => ({ slot, at: existing.get(slot)! })))
  const taken = new Set([...occupied, ...existing.values()])
  const fitted = fitIn(order, existing, kept, taken) ?? spread(order, occupied)
  return { of: fitted, moved: order.filter((slot) => existing.has(slot) && existing.get(slot) !== fitted.get(slot)) }
}

function fitIn(
  order: readonly string[],
  existing: ReadonlyMap<string, number>,
  kept: ReadonlySet<string>,
  taken: ReadonlySet<number>,
): Map<string, number> | null {
  const result = new Map<string, number>()
  const used = new Set(taken)
  let low = 0
  for (const [index, slot] of order.entries()) {
    if (kept.has(slot)) {
      low = existing.get(slot)!
    } else {
      const next = order.slice(index + 1).find((later) => kept.has(later))
      const high = next === undefined ? MOST + 1 : existing.get(next)!
      const place = free(low, high, used)
      if (place === null) return null
      low = place
      used.add(place)
    }
    result.set(slot, low)
  }
  return result
}

/** A free place between two priorities: one step up where the gap is wide, the middle where it is narrow. */
function free(low: number, high: number, used: ReadonlySet<number>): number | null {
  const gap = high - low
  const first = low + (gap >= 2 * STEP ? STEP : Math.floor(gap / 2))
  for (let place = Math.max(first, low + 1); place < high; place++) if (!used.has(place)) return place
  for (let place = first - 1; place > low; place--) if (!used.has(place)) return place
  return null
}

function spread(order: readonly string[], occupied: ReadonlySet<number>): Map<string, number> {
  const step = Math.max(1, Math.min(STEP, Math.floor(MOST / (order.length + occupied.size + 1))))
  const result = new Map<string, number>()
  let place = 0
  for (const slot of order) {
    place += step
    while (occupied.has(place)) place++
    result.set(slot, place)
  }
  return result
}

/** The slots of a longest subsequence whose priorities rise. */
function longestIncreasing(items: readonly { readonly slot: string; readonly at: number }[]): ReadonlySet<string> {
  const length = items.map(() => 1)
  const previous = items.map(() => -1)
  for (let i = 0; i < items.length; i++)
    for (let j = 0; j < i; j++)
      if (items[j]!.at < items[i]!.at && length[j]! + 1 > length[i]!) {
        length[i] = length[j]! + 1
        previous[i] = j
      }
  const kept = new Set<string>()
  for (let at = length.indexOf(Math.max(0, ...length)); at >= 0; at = previous[at] ?? -1) kept.add(items[at]!.slot)
  return kept
}
