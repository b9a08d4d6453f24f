/** Stable names of what can go wrong with a call to the Kubernetes API. */
export type KubernetesErrorCode =
  | 'KUBERNETES_BAD_REQUEST'
  | 'KUBERNETES_UNAUTHORIZED'
  | 'KUBERNETES_FORBIDDEN'
  | 'KUBERNETES_NOT_FOUND'
  | 'KUBERNETES_ALREADY_EXISTS'
  | 'KUBERNETES_CONFLICT'
  | 'KUBERNETES_GONE'
  | 'KUBERNETES_INVALID'
  | 'KUBERNETES_TOO_MANY_REQUESTS'
  | 'KUBERNETES_SERVER_ERROR'
  /** No answer within the request timeout. */
  | 'KUBERNETES_TIMEOUT'
  /** No connection, or one that broke. */
  | 'KUBERNETES_CONNECTION'
  /** An answer that is not what the API promises: broken JSON, an endless line. */
  | 'KUBERNETES_PROTOCOL'
  /** The caller's signal ended the call. */
  | 'KUBERNETES_ABORTED'

/** A call to the Kubernetes API failed. The message says what was asked and the server's reason, never a body or a header. */
export class KubernetesError extends Error {
  readonly code: KubernetesErrorCode
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** The server's machine-readable reason, such as `NotFound`; empty when there was none. */
  readonly reason: string
  readonly retryAfterSeconds: number | null
  /** The field paths the server complained about (422), or that another field manager owns (409 of an apply). */
  readonly fields: readonly string[]

  constructor(options: {
    readonly code: KubernetesErrorCode
    readonly what: string
    readonly status?: number
    readonly reason?: string
    readonly retryAfterSeconds?: number | null
    readonly fields?: readonly string[]
    readonly cause?: unknown
  }) {
    const { status = 0, reason = '', fields = [] } = options
    const said = [status === 0 ? '' : `${status}`, reason === '' ? SAID[options.code] : reason].filter((part) => part !== '')
    const where = fields.length === 0 ? '' : ` (${fields.slice(0, 5).join(', ')})`
    super(`${options.what}: ${said.join(' ')}${where}`, { cause: options.cause })
    this.name = 'KubernetesError'
    this.code = options.code
    this.status = status
    this.reason = reason
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.fields = fields
  }
}

const SAID: Record<KubernetesErrorCode, string> = {
  KUBERNETES_BAD_REQUEST: 'bad request',
  KUBERNETES_UNAUTHORIZED: 'unauthorized',
  KUBERNETES_FORBIDDEN: 'forbidden',
  KUBERNETES_NOT_FOUND: 'not found',
  KUBERNETES_ALREADY_EXISTS: 'exists already',
  KUBERNETES_CONFLICT: 'conflict',
  KUBERNETES_GONE: 'gone',
  KUBERNETES_INVALID: 'invalid',
  KUBERNETES_TOO_MANY_REQUESTS: 'too many requests',
  KUBERNETES_SERVER_ERROR: 'server error',
  KUBERNETES_TIMEOUT: 'no answer in time',
  KUBERNETES_CONNECTION: 'no connection, or it broke',
  KUBERNETES_PROTOCOL: 'an answer that could not be understood',
  KUBERNETES_ABORTED: 'aborted',
}

/** The `Status` object of the API (meta/v1), as far as it is read; anything may be missing. */
export type ServerStatus = {
  readonly reason?: unknown
  readonly details?: { readonly causes?: readonly { readonly field?: unknown }[]; readonly retryAfterSeconds?: unknown }
}

/** What an HTTP status or the status in a watch's ERROR event means. */
export function kubernetesErrorOf(
  what: string,
  status: number,
  body: ServerStatus | null,
  retryAfterSeconds: number | null = null,
): KubernetesError {
  const reason = typeof body?.reason === 'string' ? body.reason : ''
  const causes = Array.isArray(body?.details?.causes) ? body.details.causes : []
  const told = body?.details?.retryAfterSeconds
  return new KubernetesError({
    code: codeOf(status, reason),
    what,
    status,
    reason,
    retryAfterSeconds: retryAfterSeconds ?? (typeof told === 'number' && told > 0 ? told : null),
    fields: causes.flatMap((cause) => (typeof cause?.field === 'string' ? [cause.field] : [])),
  })
}

function codeOf(status: number, reason: string): KubernetesErrorCode {
  if (reason === 'AlreadyExists') return 'KUBERNETES_ALREADY_EXISTS'
  switch (status) {
    case 401:
      return 'KUBERNETES_UNAUTHORIZED'
    case 403:
      return 'KUBERNETES_FORBIDDEN'
    case 404:
      return 'KUBERNETES_NOT_FOUND'
    case 409:
      return 'KUBERNETES_CONFLICT'
    case 410:
      return 'KUBERNETES_GONE'
    case 422:
      return 'KUBERNETES_INVALID'
    case 429:
      return 'KUBERNETES_TOO_MANY_REQUESTS'
    default:
      return status >= 500 ? 'KUBERNETES_SERVER_ERROR' : 'KUBERNETES_BAD_REQUEST'
  }
}

const has =
  (...codes: readonly KubernetesErrorCode[]) =>
  (error: unknown): error is KubernetesError =>
    error instanceof KubernetesError && codes.includes(error.code)

export const isNotFound = has('KUBERNETES_NOT_FOUND')
export const isAlreadyExists = has('KUBERNETES_ALREADY_EXISTS')
/** A precondition failed, or another field manager owns a field. */
export const isConflict = has('KUBERNETES_CONFLICT')
/** The resourceVersion or the list's continuation is too old: list again. */
export const isGone = has('KUBERNETES_GONE')
export const isTooManyRequests = has('KUBERNETES_TOO_MANY_REQUESTS')
export const isForbidden = has('KUBERNETES_FORBIDDEN', 'KUBERNETES_UNAUTHORIZED')
export const isInvalid = has('KUBERNETES_INVALID', 'KUBERNETES_BAD_REQUEST')
export const isAborted = has('KUBERNETES_ABORTED')
/** The same call may well succeed later. */
export const isTransient = has(
  'KUBERNETES_TOO_MANY_REQUESTS',
  'KUBERNETES_SERVER_ERROR',
  'KUBERNETES_TIMEOUT',
  'KUBERNETES_CONNECTION',
  'KUBERNETES_PROTOCOL',
)
/** It is not known whether a write was made: look before trying again. */
export const isDoubtful = has(
  'KUBERNETES_SERVER_ERROR',
  'KUBERNETES_TIMEOUT',
  'KUBERNETES_CONNECTION',
  'KUBERNETES_PROTOCOL',
  'KUBERNETES_ABORTED',
)
