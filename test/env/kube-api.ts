// A few plain requests to the API server as the administrator, for setting an environment up.
import { readFile } from 'node:fs/promises'
import { ask } from './probe.ts'

export type ApiServer = {
  readonly url: string
  readonly caFile: string
  /** A member of system:masters. */
  readonly adminToken: string
}

export class KubeRequestError extends Error {
  override readonly name = 'KubeRequestError'
  readonly code = 'ERR_KUBE_REQUEST'
  readonly status: number
  readonly reason: string | undefined

  constructor(method: string, path: string, status: number, body: string) {
    let parsed: { readonly message?: string; readonly reason?: string } = {}
    try {
      parsed = JSON.parse(body) as typeof parsed
    } catch {
      // Not every failure carries a Status object.
    }
    super(`${method} ${path}: ${status} ${parsed.message ?? body}`)
    this.status = status
    this.reason = parsed.reason
  }
}

export type KubeRequest = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  readonly body?: unknown
  readonly contentType?: string
  /** Instead of the administrator's. */
  readonly token?: string
}

/** The parsed answer; a status of 400 or more throws. */
export async function kubeRequest<T = unknown>(server: ApiServer, path: string, options: KubeRequest = {}): Promise<T> {
  const { method = 'GET', body, contentType = 'application/json', token = server.adminToken } = options
  const answer = await ask(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': contentType },
    ca: await readFile(server.caFile, 'utf8'),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (answer.status >= 400) throw new KubeRequestError(method, path, answer.status, answer.body)
  return JSON.parse(answer.body) as T
}

export type KubeManifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** Server-side apply of one object by the administrator. `plural` is the resource in the URL, such as "deployments". */
export async function kubeApply<T extends KubeManifest>(server: ApiServer, plural: string, manifest: T): Promise<unknown> {
  const { apiVersion, metadata } = manifest
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const space = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  const path = `${group}${space}/${plural}/${metadata.name}?fieldManager=fairlead-env&force=true`
  return await kubeRequest(server, path, { method: 'PATCH', body: manifest, contentType: 'application/apply-patch+yaml' })
}
