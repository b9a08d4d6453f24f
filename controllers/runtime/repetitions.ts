import type { Change } from '../shared/change.ts'
import { fingerprint } from './fingerprint.ts'

/** So often may one pass make the very same change: pods that flap are registered again, a world that is odd is mended again. */
const MOST_TIMES = 5

type Made = { times: number; planned: boolean }

/**
 * What one pass has made. A change that was applied and is planned again just the same means that `advance` does not say what
 * `apply` did; one that left the plan and came again was undone in between, by the world or by another change of the planner's,
 * which then has no end.
 */
export class Repetitions {
  readonly #made = new Map<string, Map<string, Made>>()

  /** Told of each plan, by the ids in it. */
  planned(ids: ReadonlySet<string>): void {
    for (const [id, texts] of this.#made) if (!ids.has(id)) for (const made of texts.values()) made.planned = false
  }

  /** Whether a change that is about to be made was made too often already. Else it counts as made. */
  repeats(item: Change): boolean {
    const texts = this.#made.get(item.id) ?? new Map<string, Made>()
    this.#made.set(item.id, texts)
    const text = fingerprint(item)
    const made = texts.get(text) ?? { times: 0, planned: false }
    if (made.planned || made.times >= MOST_TIMES) return true
    // The same change with other contents is another one, and what it was before is over.
    for (const other of texts.values()) other.planned = false
    texts.set(text, { times: made.times + 1, planned: true })
    return false
  }
}
