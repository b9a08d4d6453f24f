import { awsFailure, isAlreadyThere, isInUse } from '../aws/errors.ts'
import type { Change, Shape } from '../shared/change.ts'
import { ChangeFailed } from '../shared/failure.ts'
import { type Holder, holderOf } from './apply-holder.ts'
import type { UnitState } from './cache-unit.ts'
import { SECURITY_GROUP } from './changes.ts'
import type { Calls } from './observe-calls.ts'
import { isOfUnit } from './proof.ts'
import { notOurs, refusal } from './refusal.ts'
import { markTouched } from './touched.ts'

export type Failing = {
  readonly calls: Calls
  readonly state: UnitState
  readonly unitKey: string
  readonly clusterId: string
  readonly change: Change
  readonly input: Shape
}

/** Security groups are held until the network interfaces of a deleted load balancer are gone, some minutes at worst. */
const HELD_BY_INTERFACES_SECONDS = 3
const HELD_BY_RULES_SECONDS = 2

/** What the executor is told of a call that failed; marks what has to be read again before the next plan. */
export async function failedChange(error: unknown, failing: Failing): Promise<ChangeFailed> {
  const { state, change, input } = failing
  const failure = awsFailure(error, [change.id])
  if (failure.kind === 'stale' || failure.doubtful) markTouched(state.stale, change, input, state.observed)
  if (isAlreadyThere(error)) return alreadyThere(failure, failing)
  if (isInUse(error) && change.action === 'delete') {
    const bySecurityGroup = change.type === SECURITY_GROUP
    // A rule that we do not know of names the group: somebody's, or one of ours whose removal was undone.
    if (!bySecurityGroup) state.stale.addAll(['listeners', 'rules', 'target-groups'])
    return again(failure, { retryAfterSeconds: bySecurityGroup ? HELD_BY_INTERFACES_SECONDS : HELD_BY_RULES_SECONDS })
  }
  const ownGroup = failure.code === 'InvalidSecurityGroup' && namesOwnGroup(input, state)
  if (ownGroup) state.stale.add('security-groups')
  const finding = ownGroup ? null : refusal(failure.code, failure.kind, saidBy(error), change, input)
  return finding === null ? failure : again(failure, { finding })
}

/** Ours after all: the next read finds it. Somebody else's: it stays theirs, and the user is told. */
async function alreadyThere(failure: ChangeFailed, failing: Failing): Promise<ChangeFailed> {
  const { state, change } = failing
  const holder = await holderOf(failing.calls, change, failing.input).catch((): null => null)
  if (holder === null) return failure
  if (isOfUnit(holder.tags, failing.clusterId, failing.unitKey)) {
    state.leftovers.add(holder.id)
    return failure
  }
  return foreign(change, holder, failure)
}

export function foreign(change: Change, holder: Pick<Holder, 'id'>, cause?: unknown): ChangeFailed {
  const finding = notOurs(change, holder.id)
  return new ChangeFailed({ code: 'NotOurs', kind: 'refused', message: finding.message, changes: [change.id], finding, cause })
}

function namesOwnGroup(input: Shape, state: UnitState): boolean {
  const named = Array.isArray(input.SecurityGroups) ? input.SecurityGroups : []
  return state.observed.securityGroups.some((group) => named.includes(group.GroupId))
}

function again(failure: ChangeFailed, more: Partial<Pick<ChangeFailed, 'finding' | 'retryAfterSeconds'>>): ChangeFailed {
  const retryAfterSeconds = more.retryAfterSeconds ?? failure.retryAfterSeconds
  const finding = more.finding ?? failure.finding
  return new ChangeFailed({
    code: failure.code,
    kind: failure.kind,
    message: failure.message,
    changes: failure.changes,
    doubtful: failure.doubtful,
    cause: failure.cause,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    ...(finding === null ? {} : { finding }),
  })
}

/** AWS's own sentence, without the request it belongs to. */
function saidBy(error: unknown): string {
  const told = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return (told instanceof Error ? told.message : String(told)).replace(/\.$/, '')
}
