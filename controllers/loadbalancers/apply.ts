import { isNotFound } from '../aws/errors.ts'
import { type Change, isReady, type Shape } from '../shared/change.ts'
import { ChangeFailed } from '../shared/failure.ts'
import type { Outcome } from '../shared/planner.ts'
import { invoke } from './apply-call.ts'
import { failedChange, foreign } from './apply-failure.ts'
import { halves, isHalvable } from './apply-targets.ts'
import type { UnitState } from './cache-unit.ts'
import { callOf, LOAD_BALANCER } from './changes.ts'
import type { Calls } from './observe-calls.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { isOfUnit } from './proof.ts'
import { tagsOf } from './proven.ts'
import { actsUpon, markTouched } from './touched.ts'

export type Applying = {
  readonly calls: Calls
  readonly state: UnitState
  readonly unitKey: string
  readonly clusterId: string
  readonly advance: (observed: LoadBalancersObserved, change: Change, outcome: Outcome) => LoadBalancersObserved
}

/**
 * Makes one change by its one call, and moves what is known on by it. Safe to repeat: creating what is there with the same settings
 * answers as if it were new (load balancers, target groups), or fails so that the next read finds it; deleting what is gone has succeeded.
 */
export async function applyChange(applying: Applying, change: Change): Promise<void> {
  const { state, calls } = applying
  if (!isReady(change)) throw new TypeError(`${change.id} still needs or waits for something`)
  const { operation, input } = callOf(change)
  refuseWithoutProof(applying, change, actsUpon(input))
  if (change.type === LOAD_BALANCER && change.action === 'create' && state.taken.has(String(input.Name))) {
    // AWS would answer with the other one, as if it were ours.
    throw foreign(change, { id: `load balancer ${String(input.Name)}` })
  }
  let outcome: Outcome
  try {
    outcome = await invoke(calls, operation, input)
  } catch (error) {
    if (isHalvable(error, input)) return applyInHalves(applying, change, error)
    if (change.action !== 'delete' || !isNotFound(error)) {
      throw await failedChange(error, { ...applying, change, input })
    }
    outcome = {}
    // It is gone, and not by us: what else is?
    markTouched(state.stale, change, input, state.observed)
  }
  state.observed = applying.advance(state.observed, change, outcome)
  state.version++
}

/** The second lock: the planner only plans for what was observed, and only what is proven is observed. */
function refuseWithoutProof(applying: Applying, change: Change, ids: readonly string[]): void {
  for (const id of ids) {
    const tags = tagsOf(applying.state.observed, id)
    if (tags !== null && isOfUnit(tags, applying.clusterId, applying.unitKey)) continue
    markTouched(applying.state.stale, change, callOf(change).input, applying.state.observed)
    throw new ChangeFailed({
      code: 'NotProvenOurs',
      kind: 'stale',
      message: `${id} is not proven to belong to ${applying.unitKey}, so ${change.calls[0]} was not called`,
      changes: [change.id],
    })
  }
}

/** Some of many targets were refused: the others are made, and move what is known on; the failure is about the refused ones alone. */
async function applyInHalves(applying: Applying, change: Change, error: unknown): Promise<void> {
  const { operation, input } = callOf(change)
  const { done, refused } = await halves(applying.calls, operation, input, error)
  const part = (Targets: Shape['Targets']): Change => ({ ...change, after: { ...change.after, Targets } })
  if (done.length > 0) {
    applying.state.observed = applying.advance(applying.state.observed, part(done), {})
    applying.state.version++
  }
  if (refused === null) return
  throw await failedChange(refused.error, { ...applying, change, input: { ...input, Targets: refused.targets } })
}
