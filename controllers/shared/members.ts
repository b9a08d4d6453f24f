import { ALB, annotation, FINALIZER, INGRESS_CONTROLLER, READY_ANNOTATION } from './annotations.ts'
import type { ClusterView, Ingress, IngressClass, KubeObject } from './objects.ts'
import { type Unit, unitKey } from './unit.ts'

const GROUP_NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/

/** Whether an Ingress names a class whose controller we are. `kubernetes.io/ingress.class` is the older way to name it. */
export function isOurClass(ingress: Ingress, classes: readonly IngressClass[]): boolean {
  const name = ingress.spec.ingressClassName ?? annotation(ingress, 'kubernetes.io/ingress.class')
  return classes.some((item) => item.metadata.name === name && item.spec?.controller === INGRESS_CONTROLLER)
}

/** Whether we wrote on an object: our finalizer, or how it stands. Something of it is in AWS, or was on its way there. */
export function isMarked({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true || metadata.annotations?.[READY_ANNOTATION] !== undefined
}

/** The unit an Ingress belongs to by what it says now. A group name that AWS LBC would refuse counts as none (and is a finding elsewhere). */
export function unitOf(ingress: Ingress): Unit {
  const group = annotation(ingress, `${ALB}group.name`)
  if (group !== undefined && GROUP_NAME.test(group)) return { kind: 'group', name: group }
  return { kind: 'ingress', namespace: ingress.metadata.namespace ?? '', name: ingress.metadata.name }
}

export function isGroupName(name: string): boolean {
  return GROUP_NAME.test(name)
}

/** Members that want something: of our class, in this unit, not being deleted. Oldest first (ties by uid), so that the first claim wins. */
export function membersOf(view: ClusterView, unit: Unit): readonly Ingress[] {
  const key = unitKey(unit)
  return view.ingresses
    .filter(
      (item) =>
        item.metadata.deletionTimestamp === undefined && isOurClass(item, view.ingressClasses) && unitKey(unitOf(item)) === key,
    )
    .sort(byAge)
}

/** Ingresses that carry our finalizer and want nothing any more: being deleted, or of another class now. */
export function leavingIn(view: ClusterView, unit: Unit): readonly Ingress[] {
  const key = unitKey(unit)
  return view.ingresses
    .filter((item) => item.metadata.finalizers?.includes(FINALIZER) === true && unitKey(unitOf(item)) === key)
    .filter((item) => item.metadata.deletionTimestamp !== undefined || !isOurClass(item, view.ingressClasses))
    .sort(byAge)
}

function byAge(a: Ingress, b: Ingress): number {
  const left = `${a.metadata.creationTimestamp} ${a.metadata.uid}`
  const right = `${b.metadata.creationTimestamp} ${b.metadata.uid}`
  return left < right ? -1 : left > right ? 1 : 0
}
