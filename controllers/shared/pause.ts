import { annotation, badAnnotation, FAIRLEAD } from './annotations.ts'
import { type Change, type ObjectRef, objectsOf, sameObject } from './change.ts'
import { annotationField, type Finding } from './finding.ts'
import type { Ingress, KubeObject } from './objects.ts'
import { isRemoval } from './removal.ts'

/** On an object, or on its Namespace for all in it: nothing is written for it. */
export const PAUSED_ANNOTATION = `${FAIRLEAD}paused`

export function isPausedBy(object: KubeObject | null | undefined): boolean {
  return object !== null && object !== undefined && annotation(object, PAUSED_ANNOTATION)?.trim().toLowerCase() === 'true'
}

const SHARED_TYPES: ReadonlySet<string> = new Set([
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerCertificate',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupIngress',
])

/** What the members of a group have together, whichever of them it was made for. */
function isShared(item: Change): boolean {
  return SHARED_TYPES.has(item.type) || item.id.endsWith(':priorities')
}

/** Who is paused of those that a change is for, or takes something from; nobody if the members of a group share it. */
export function heldByPause(item: Change, isPaused: (object: ObjectRef) => boolean): ObjectRef | undefined {
  return isShared(item) ? undefined : objectsOf(item).find(isPaused)
}

/**
 * The changes that may be made while some objects are paused. Of what the members of a unit share, what others need goes on as long
 * as one of them is not paused, so that nobody is held up by another's pause; but nothing shared is taken away while any is paused,
 * since the paused one may be served by it.
 */
export function withoutPaused(
  changes: readonly Change[],
  members: readonly ObjectRef[],
  isPaused: (object: ObjectRef) => boolean,
): readonly Change[] {
  const concerned = [...members, ...changes.flatMap(objectsOf)]
  if (!concerned.some(isPaused)) return changes
  const othersGoOn = members.some((member) => !isPaused(member))
  const kept = changes.filter((item) =>
    isShared(item) ? othersGoOn && !isRemoval(item) : heldByPause(item, isPaused) === undefined,
  )
  // What is shared may be made for the oldest member, whose finalizer would have to be there first; that member is paused.
  const unwritten = new Set(changes.filter((item) => !kept.includes(item) && isFinalizer(item)).map((item) => item.id))
  return kept.map((item) =>
    isShared(item) && item.needs.some((need) => unwritten.has(need))
      ? { ...item, needs: item.needs.filter((need) => !unwritten.has(need)) }
      : item,
  )
}

/** Puts our finalizer on, or takes it off. */
function isFinalizer(item: Change): boolean {
  return item.type.startsWith('Kubernetes::') && item.after?.finalizers !== undefined
}

const spared = new WeakMap<Ingress, Ingress>()

/**
 * An Ingress that is being deleted, as it was before. Whoever is deleted while it is paused wants what it wanted until somebody lets it
 * go: so nothing of others in its group waits for what may not be removed yet, and nobody else gets what it has. The same value each time.
 */
export function beforeDeletion(ingress: Ingress): Ingress {
  const known = spared.get(ingress)
  if (known !== undefined) return known
  const { deletionTimestamp: _, ...metadata } = ingress.metadata
  const made = { ...ingress, metadata }
  spared.set(ingress, made)
  return made
}

/** A value that is neither `true` nor `false` does not pause, and is told. */
export function misreadPause(object: KubeObject): Finding | null {
  const value = annotation(object, PAUSED_ANNOTATION)?.trim().toLowerCase()
  if (value === undefined || value === 'true' || value === 'false' || value === '') return null
  return badAnnotation(object, PAUSED_ANNOTATION, 'true or false', { severity: 'warning', because: 'it does not pause anything' })
}

/** Told on each paused object, so that nobody wonders why nothing happens. */
export function pausedFinding(object: ObjectRef, by: KubeObject): Finding {
  const where = sameObject(object, { kind: by.kind, namespace: by.metadata.namespace ?? '', name: by.metadata.name })
    ? 'its annotation'
    : `the annotation on ${by.kind} ${by.metadata.name}`
  return {
    code: 'Paused',
    severity: 'info',
    object,
    field: annotationField(PAUSED_ANNOTATION),
    read: 'true',
    expected: 'no annotation, for writes to go on',
    message: `Nothing is written for it: paused by ${where} ${PAUSED_ANNOTATION}`,
  }
}
