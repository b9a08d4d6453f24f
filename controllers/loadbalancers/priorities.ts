/**
 * Distances between new rules: the first that fits into a gap, where the next one only comes into question in gaps no wider than
 * the one before. So the places of a run of new rules do not depend on which of them exist already: whatever is made first,
 * a later plan gives the rest the same places.
 */
const STEPS = [100, 10, 1] as const
const STEP = STEPS[0]
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
 */
export function assignPriorities(
  order: readonly string[],
  existing: ReadonlyMap<string, number>,
  /** Priorities of rules that are not in `order` but still there. */
  occupied: ReadonlySet<number>,
): Priorities {
  const kept = longestIncreasing(order.filter((slot) => existing.has(slot)).map((slot) => ({ slot, at: existing.get(slot)! })))
  // Those that move leave their places before anything new comes.
  const taken = new Set([...occupied, ...[...kept].map((slot) => existing.get(slot)!)])
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
  let run: string[] = []
  let low = 0
  const close = (high: number): boolean => {
    const step = stepFor(low, high, run.length)
    if (step === null) return false
    for (const [index, slot] of run.entries()) {
      let place = placeAt(low, step, index + 1)
      while (taken.has(place)) place++
      if (place >= Math.min(high, placeAt(low, step, index + 2))) return false
      result.set(slot, place)
    }
    run = []
    low = high
    return true
  }
  for (const slot of order) {
    if (!kept.has(slot)) run.push(slot)
    else if (close(existing.get(slot)!)) result.set(slot, low)
    else return null
  }
  return close(MOST + 1) ? result : null
}

/** Multiples of the step, wherever a gap begins, so that one that had to give way does not shift those behind it. */
function placeAt(low: number, step: number, index: number): number {
  return Math.floor(low / step) * step + step * index
}

function stepFor(low: number, high: number, count: number): number | null {
  let widest = Number.POSITIVE_INFINITY
  for (const step of STEPS) {
    if (high - low > widest) return null
    if (placeAt(low, step, count) < high) return step
    widest = step
  }
  return null
}

function spread(order: readonly string[], occupied: ReadonlySet<number>): Map<string, number> {
  const step = Math.max(1, Math.min(STEP, Math.floor(MOST / (order.length + occupied.size + 1))))
  const result = new Map<string, number>()
  let last = 0
  for (const [index, slot] of order.entries()) {
    let place = Math.max(last + 1, step * (index + 1))
    while (occupied.has(place)) place++
    result.set(slot, place)
    last = place
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
