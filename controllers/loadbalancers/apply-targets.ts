import { seenError } from '../aws/errors.ts'
import type { Shape, ShapeValue } from '../shared/change.ts'
import { invoke } from './apply-call.ts'
import type { Calls } from './observe-calls.ts'

export type Halves = {
  readonly done: readonly ShapeValue[]
  readonly refused: { readonly targets: readonly ShapeValue[]; readonly error: unknown } | null
}

/** Finds one bad target among 200 in 16 calls or fewer; where many are bad, the rest waits for the next try. */
const MOST_CALLS = 16

/** One wrong target fails the call for all: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html */
export function isHalvable(error: unknown, input: Shape): boolean {
  return seenError(error).kind === 'refused' && Array.isArray(input.Targets) && input.Targets.length > 1
}

/** Makes a refused call again with each half of its targets, until what is wrong stands alone. */
export async function halves(calls: Calls, operation: string, input: Shape, error: unknown): Promise<Halves> {
  const done: ShapeValue[] = []
  const refused: ShapeValue[] = []
  let last = error
  let left = MOST_CALLS
  const attempt = async (targets: readonly ShapeValue[]): Promise<void> => {
    if (left-- <= 0) return void refused.push(...targets)
    try {
      await invoke(calls, operation, { ...input, Targets: targets })
      done.push(...targets)
    } catch (problem) {
      last = problem
      if (isHalvable(problem, { Targets: targets })) return split(targets)
      refused.push(...targets)
    }
  }
  const split = async (targets: readonly ShapeValue[]): Promise<void> => {
    const middle = Math.ceil(targets.length / 2)
    await attempt(targets.slice(0, middle))
    await attempt(targets.slice(middle))
  }
  await split(input.Targets as readonly ShapeValue[])
  return { done, refused: refused.length === 0 ? null : { targets: refused, error: last } }
}
