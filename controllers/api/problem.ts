/** Everything that is answered in place of what was asked for. The names are a contract: callers may rely on them. */
export const PROBLEMS = {
  bad_request: { status: 400, means: 'A parameter cannot be read, or the request is not HTTP.' },
  no_token: { status: 401, means: 'There is no `Authorization: Bearer` header.' },
  bad_token: { status: 401, means: 'The token is nobody’s: forged, withdrawn, of another issuer, or garbled.' },
  expired_token: { status: 401, means: 'The token was good once.' },
  wrong_audience: { status: 401, means: 'The token was made for somebody else.' },
  forbidden: {
    status: 403,
    means: 'The caller may not see that. Whether it is there is not looked at: of what may not be seen, nothing is told.',
  },
  no_such_route: { status: 404, means: 'There is no such path.' },
  no_such_object: { status: 404, means: 'The caller may see it, and it is not there, or not of a class that Fairlead serves.' },
  method_not_allowed: { status: 405, means: 'Nothing can be changed here: `GET` and `HEAD` are all there is.' },
  request_timeout: { status: 408, means: 'The request did not come to its end in time.' },
  body_too_large: { status: 413, means: 'The body is larger than `http.maxBodyBytes`.' },
  too_many_requests: {
    status: 429,
    means: 'The client address asks, or is refused, too often. `Retry-After` says how long to wait.',
  },
  headers_too_large: { status: 431, means: 'The headers have more than 16 KiB.' },
  internal: { status: 500, means: 'A defect. The log has it.' },
  cannot_authenticate: {
    status: 503,
    means: 'Who is asked about the token, the API server or the OIDC issuer, does not answer.',
  },
  not_ready: { status: 503, means: 'The cluster was not read to its end yet.' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly means: string }>>

export type ProblemCode = keyof typeof PROBLEMS

/** A request is not answered with what it asked for. The message is for the caller: no token, nothing the caller may not see. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: (typeof PROBLEMS)[ProblemCode]['status']
  readonly headers: Readonly<Record<string, string>>
  constructor(
    code: ProblemCode,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.status = PROBLEMS[code].status
    this.headers = options.headers ?? {}
  }

  get body(): { readonly error: { readonly code: ProblemCode; readonly message: string } } {
    return { error: { code: this.code, message: this.message } }
  }

  /** Whether it was the caller’s doing, and something to be slowed down for. */
  get isRefusal(): boolean {
    return this.status < 500 && this.code !== 'no_such_object' && this.code !== 'too_many_requests'
  }
}
