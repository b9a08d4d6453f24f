import { emptyWorld, type ModelWorld } from './model-world.ts'
import { claimsOf, contextOf, type State, viewOf } from './scenario.ts'
import { type Walked, type WalkOptions, walk } from './walk.ts'

const START = Date.UTC(2026, 0, 1)

/** A generator of numbers in [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export type Start = { readonly world: ModelWorld; readonly owned: readonly string[]; readonly now: number }
export const nowhere: Start = { world: emptyWorld, owned: [], now: START }

/** Where a walk ended, for the next one to begin there. */
export function endOf({ world, view, now }: Walked): Start {
  return { world, now, owned: view.ingresses.map((item) => item.metadata.name) }
}

/** Walks from where things are to what a state of the cluster asks for. */
export function converge(at: State, from: Start, seed: number, more: Pick<WalkOptions, 'planners' | 'onViolation'> = {}): Walked {
  const dns = { ...from.world.dns, claims: claimsOf(at) }
  return walk({
    ...more,
    world: { ...from.world, dns },
    context: contextOf(viewOf(at, from.owned), from.now),
    random: randomFrom(seed),
  })
}
