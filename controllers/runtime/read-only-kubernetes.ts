import type { Kubernetes } from '../cluster/kubernetes.ts'

/** A write was asked for where nothing may be written. */
export class ReadOnlyError extends Error {
  readonly code = 'READ_ONLY'
  constructor(why: string) {
    super(why)
    this.name = 'ReadOnlyError'
  }
}

/** The API for an observer: whoever forgets that it writes nothing is stopped here. */
export function readOnlyKubernetes(api: Kubernetes): Kubernetes {
  const refuse = async (): Promise<never> => {
    throw new ReadOnlyError('the policy observe writes nothing')
  }
  return {
    list: (...args) => api.list(...args),
    watch: (...args) => api.watch(...args),
    get: (...args) => api.get(...args),
    create: refuse,
    patch: refuse,
    replace: refuse,
    delete: refuse,
  }
}
