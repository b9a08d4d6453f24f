import type { CallRecord } from '../aws/calls.ts'
import { errorKind } from '../aws/error-kinds.ts'
import { isThrottling } from '../aws/errors.ts'
import type { KubernetesCall } from '../cluster/client.ts'
import type { VaultCall } from '../vault/client.ts'

/** Something outside that answers none of our calls as it should. */
export type Outage = {
  readonly dependency: string
  /** How the last call failed. */
  readonly code: string
  /** Monotonic time of the first call that failed, in milliseconds. */
  readonly since: number
}

type Failure = { readonly code: string; readonly denied: boolean }
type Failing = { since: number; calls: number; last: Failure }
/** Calls in a row to which no answer came at all, the first of which was sent at `since`. */
type Silence = { readonly since: number; calls: number }

/** One failure may be a hiccup; so may several in a moment. */
const LEAST_CALLS = 3
const LEAST_MS = 10_000
/** No answer at all to several calls, the first of which was sent so long ago: it may be us who are cut off. */
const SILENT_CALLS = 2
const SILENT_MS = 5_000
/** Who is denied access does not ask again soon, and is not denied by accident. */
const LEAST_DENIALS = 2

/**
 * Which of the services that Fairlead needs are down, judged by the calls that are made anyway: down is what for ten seconds
 * answered none of three calls or more, or denied each of two or more; one answer is enough to be up again. That it refuses what is
 * wrong is an answer.
 */
export class Dependencies {
  readonly #clock: { monotonic(): number }
  readonly #failing = new Map<string, Failing>()
  readonly #known = new Set<string>()
  readonly #silent = new Map<string, Silence>()
  #told = ''
  /** AWS gives no answer at all. Called with each such call. */
  onSilence: () => void = () => undefined
  onChange: (outages: readonly Outage[]) => void = () => undefined

  constructor(clock: { monotonic(): number }) {
    this.#clock = clock
  }

  get outages(): readonly Outage[] {
    const now = this.#clock.monotonic()
    return [...this.#failing]
      .filter(([, { since, calls, last }]) => now - since >= LEAST_MS && calls >= (last.denied ? LEAST_DENIALS : LEAST_CALLS))
      .map(([dependency, { since, last }]) => ({ dependency, code: last.code, since }))
      .sort((a, b) => (a.dependency < b.dependency ? -1 : 1))
  }

  /** Everything that was called so far. */
  get known(): readonly string[] {
    return [...this.#known].sort()
  }

  aws(call: Pick<CallRecord, 'service' | 'account' | 'status' | 'errorCode' | 'ms'>): void {
    const { service, account, status, errorCode } = call
    // Given up by ourselves.
    if (errorCode === 'AbortError' || errorCode === 'Aborted') return
    this.#listen(call)
    this.#note(`AWS ${service} in ${account}`, errorCode === null ? null : outageOf(errorCode, status))
  }

  vault({ vault, operation, status, errorCode }: Pick<VaultCall, 'vault' | 'operation' | 'status' | 'errorCode'>): void {
    // Given up by ourselves.
    if (errorCode === 'aborted') return
    // That a role may not be used is an answer, for the object that asked for it; that nobody may log in is not.
    const denied = status === 403 && operation === 'login'
    const failed = denied || status === null || status >= 500 || status === 429
    this.#note(`Vault ${vault}`, errorCode === null || !failed ? null : { code: errorCode, denied })
  }

  kubernetes({ status, verb }: Pick<KubernetesCall, 'status' | 'verb'>): void {
    // A watch that ends is begun again: that it cannot be begun is told by the list.
    if (verb === 'watch' && status === 0) return
    const failed = status === 0 || status >= 500 || status === 429 || status === 401
    const code = status === 0 ? 'no answer' : String(status)
    this.#note('the Kubernetes API server', failed ? { code, denied: status === 401 } : null)
  }

  #listen({ service, status, ms }: Pick<CallRecord, 'service' | 'status' | 'ms'>): void {
    if (status !== null) {
      this.#silent.delete(service)
      return
    }
    const now = this.#clock.monotonic()
    const silence = this.#silent.get(service) ?? { since: now - ms, calls: 0 }
    silence.calls++
    this.#silent.set(service, silence)
    if (silence.calls >= SILENT_CALLS && now - silence.since >= SILENT_MS) this.onSilence()
  }

  #note(dependency: string, failure: Failure | null): void {
    this.#known.add(dependency)
    const before = this.#failing.get(dependency)
    if (failure === null) {
      if (before === undefined) return
      this.#failing.delete(dependency)
    } else if (before === undefined) this.#failing.set(dependency, { since: this.#clock.monotonic(), calls: 1, last: failure })
    else {
      before.calls++
      before.last = failure
    }
    const { outages } = this
    const told = outages.map((one) => one.dependency).join()
    if (told === this.#told) return
    this.#told = told
    this.onChange(outages)
  }
}

/** Null if it is not the service, or our access to it as a whole, that is broken. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
function outageOf(code: string, status: number | null): Failure | null {
  const denied = errorKind(code, '', status) === 'forbidden' || /^(Expired|RequestExpired|RequestTimeTooSkewed)/.test(code)
  return denied || status === null || status >= 500 || isThrottling({ name: code }) ? { code, denied } : null
}
