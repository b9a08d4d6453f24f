// The servers of the environment and what each needs to run.
export const allComponents = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'vault',
  'aws',
] as const

export type Component = (typeof allComponents)[number]

const needs: Readonly<Record<Component, readonly Component[]>> = {
  etcd: [],
  'kube-apiserver': ['etcd'],
  'kube-controller-manager': ['etcd', 'kube-apiserver'],
  'kube-scheduler': ['etcd', 'kube-apiserver'],
  // A node is tainted until the controller manager has seen it Ready.
  kwok: ['etcd', 'kube-apiserver', 'kube-controller-manager'],
  vault: [],
  aws: [],
}

/** The wished components and what they need, in starting order. */
export function withNeeds(wished: readonly Component[]): readonly Component[] {
  const wanted = new Set(wished.flatMap((name) => [...needs[name], name]))
  return allComponents.filter((name) => wanted.has(name))
}
