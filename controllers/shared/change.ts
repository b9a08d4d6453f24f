import { type Known, unknownsIn, WORLD } from './known.ts'

export type ControllerName = 'certificates' | 'loadbalancers' | 'cloudfront' | 'dns' | 'cidrs'

/** The Kubernetes object a change is for. */
export type ObjectRef = { readonly kind: string; readonly namespace: string; readonly name: string }

export function sameObject(a: ObjectRef, b: ObjectRef): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
}

/** What has to become true in the world before a change may be made; it ends by itself, and survives a restart. */
export type Wait = {
  readonly kind: WaitKind
  /** What is waited for: an ARN, a host, a record name. */
  readonly of: string
  /** The longest it is expected to take from now on, in seconds. */
  readonly seconds: number
}

export type WaitKind =
  | 'load-balancer-active'
  | 'targets-healthy'
  | 'targets-drained'
  | 'record-insync'
  | 'ttl-passed'
  | 'certificate-unused'
  | 'network-interfaces-released'
  | 'not-before'

/** Plain JSON in the field names of the API that owns the resource; parts may not be known yet. */
export type Shape = { readonly [field: string]: ShapeValue }
export type ShapeValue = Known<string | number | boolean | null> | Shape | readonly ShapeValue[] | undefined

/**
 * One resource's transition. What is printed is what is applied: `apply` gets this value and nothing else,
 * and only once `needs` and `waits` are empty and nothing in `after` is unknown.
 */
export type Change = {
  /** Unique over all output, and the same in every plan for the same transition: see `changeId`. */
  readonly id: string
  readonly controller: ControllerName
  readonly action: 'create' | 'update' | 'replace' | 'delete'
  /** The CloudFormation type, `Vault::PKI::Certificate`, or `Kubernetes::KIND`. */
  readonly type: string
  /** The resource's physical id (ARN, record name and type, namespace/name) or, before it exists, its name. */
  readonly target: string
  /** AWS account id; for Vault the profile's Vault, for Kubernetes the cluster id. */
  readonly account: string
  readonly region: string
  readonly object: ObjectRef
  /** Whose it is until then, if that is another: what is taken from somebody is theirs to lose, whoever gets it. */
  readonly from?: ObjectRef
  readonly before: Shape | null
  readonly after: Shape | null
  readonly reason: string
  readonly needs: readonly string[]
  readonly waits: readonly Wait[]
  /** The API operations it makes, one name per call, in order. */
  readonly calls: readonly string[]
  /** Changes with the same batch go to the API in one call; null if it goes alone. */
  readonly batch: string | null
  readonly disruption: 'none' | 'brief' | 'outage'
}

/** A change id: the same resource and action have the same id in every plan, so a re-plan can be compared with the plan it came from. */
export function changeId(controller: ControllerName, action: Change['action'], type: string, name: string, detail = ''): string {
  const short = type.split('::').slice(1).join('.')
  return `${controller}:${action}:${short}:${name}${detail === '' ? '' : `:${detail}`}`
}

/** The ids a change depends on: those it names and those whose outcome its `after` contains. */
export function needsOf(needs: readonly string[], after: Shape | null): readonly string[] {
  return [...new Set([...needs, ...unknownsIn(after).filter((id) => id !== WORLD)])].sort()
}

/** Everybody whose resource a change is: before, and after. */
export function objectsOf({ object, from }: Change): readonly ObjectRef[] {
  return from === undefined ? [object] : [object, from]
}

type Draft = Omit<Change, 'needs' | 'waits' | 'batch' | 'disruption' | 'id' | 'before' | 'after'> &
  Partial<Pick<Change, 'needs' | 'waits' | 'batch' | 'disruption' | 'before' | 'after'>> & {
    /** The part of the id that names the resource; `target` unless given. */
    readonly name?: string
    /** Tells two transitions of one resource apart (adding certificate A, adding certificate B). */
    readonly detail?: string
  }

/** A change with its id and its needs worked out, and the quiet defaults filled in. */
export function change({ name, detail, ...draft }: Draft): Change {
  const after = draft.after ?? null
  return {
    id: changeId(draft.controller, draft.action, draft.type, name ?? draft.target, detail),
    controller: draft.controller,
    action: draft.action,
    type: draft.type,
    target: draft.target,
    account: draft.account,
    region: draft.region,
    object: draft.object,
    ...(draft.from === undefined ? {} : { from: draft.from }),
    before: draft.before ?? null,
    after,
    reason: draft.reason,
    needs: needsOf(draft.needs ?? [], after),
    waits: draft.waits ?? [],
    calls: draft.calls,
    batch: draft.batch ?? null,
    disruption: draft.disruption ?? 'none',
  }
}

/** Whether a change can be made now: all it needs is done, nothing is waited for, nothing is unknown. */
export function isReady(candidate: Change): boolean {
  return candidate.needs.length === 0 && candidate.waits.length === 0 && unknownsIn(candidate.after).length === 0
}
