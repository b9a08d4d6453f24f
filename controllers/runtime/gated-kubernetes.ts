import type { Kubernetes } from '../cluster/kubernetes.ts'
import type { Gate } from './gate.ts'

/** The API for those who change things: Secrets, finalizers. What only tells (status, Events) goes past the gate. */
export function gatedKubernetes(api: Kubernetes, gate: Pick<Gate, 'assertOpen'>): Kubernetes {
  const open =
    <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      gate.assertOpen()
      return await write(...args)
    }
  return {
    list: (...args) => api.list(...args),
    watch: (...args) => api.watch(...args),
    get: (...args) => api.get(...args),
    create: open((...args: Parameters<Kubernetes['create']>) => api.create(...args)),
    patch: open((...args: Parameters<Kubernetes['patch']>) => api.patch(...args)),
    replace: open((...args: Parameters<Kubernetes['replace']>) => api.replace(...args)),
    delete: open((...args: Parameters<Kubernetes['delete']>) => api.delete(...args)),
  }
}
