import type { Clock } from '../runtime/clock.ts'
import { delay } from '../runtime/delay.ts'
import type { ServiceName, Where } from './aws.ts'
import { AwsError } from './aws-error.ts'
import type { CallRecord } from './calls.ts'
import { errorKind, plainName } from './error-kinds.ts'
import { isThrottling } from './errors.ts'
import type { Limiter } from './limiter.ts'
import { NotSent } from './not-sent.ts'
import type { CallOptions, Repeat } from './operation.ts'
import type { RetryQuota } from './retry-quota.ts'
import type { SdkAnswer, SdkMetadata } from './sdk.ts'

export type AttemptsConfig = {
  readonly clock: Clock
  readonly limiter: Limiter
  readonly quota: RetryQuota
  readonly onCall: (record: CallRecord) => void
  /** A number in [0, 1) for the jitter of retries. */
  readonly random: () => number
}

export type Call = {
  readonly service: ServiceName
  readonly operation: string
  readonly where: Where
  readonly repeat: Repeat
  /** Before each try takes its turn, e.g. a session. */
  readonly prepare: (signal: AbortSignal) => Promise<void>
  readonly send: (signal: AbortSignal) => Promise<SdkAnswer>
  /** AWS said that the session has expired. */
  readonly expired: () => void
}

/** Throttling is waited out behind the limiter, whose share has just been halved. */
const THROTTLED_TRIES = 12
const OTHER_TRIES = 3
const JITTER_BASE_MS = 200
const JITTER_CAP_MS = 5000
const expiredCodes = new Set(['ExpiredToken', 'RequestExpired'])
/** The connection was never made, so nothing was asked. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** One logical call: its turns at the limiter, its tries and their records; an AwsError if it came to nothing. */
export async function attempts(config: AttemptsConfig, call: Call, options: CallOptions): Promise<object> {
  const { signal } = options
  const { service, operation, where } = call
  const bucket = `${service} ${where.account} ${where.region}`
  let throttled = 0
  let others = 0
  let lost = false
  for (let attempt = 1; ; attempt++) {
    const fail = (error: unknown): never => {
      throw toAwsError(call, error, { attempt, doubtful: lost && call.repeat !== 'read', aborted: signal.aborted })
    }
    const asked = config.clock.monotonic()
    const turn = await beforeSending(call, () => config.limiter.turn({ service, operation, ...where }, options), signal).catch(
      fail,
    )
    const started = config.clock.monotonic()
    try {
      const output = await call.send(signal)
      record(config, call, { attempt, asked, started }, output.$metadata, null)
      config.quota.answered(bucket)
      return output
    } catch (error) {
      const failure = read(error)
      // Not sent at all: the fence before writes, or an error of ours.
      if (error instanceof NotSent) fail(error.cause)
      record(config, call, { attempt, asked, started }, failure.metadata, failure.name)
      if (isThrottling(error)) {
        turn.throttled()
        if (++throttled >= THROTTLED_TRIES) fail(error)
        continue
      }
      lost ||= failure.answer === 'lost'
      if (signal.aborted || ++others >= OTHER_TRIES) fail(error)
      if (expiredCodes.has(plainName(failure.name))) call.expired()
      else if (!mayRepeat(failure, call.repeat)) fail(error)
      else if (failure.answer !== 'busy' && !config.quota.take(bucket)) fail(error)
      const ceiling = Math.min(JITTER_CAP_MS, JITTER_BASE_MS * 2 ** others)
      await delay(config.clock, config.random() * ceiling, signal).catch(fail)
    }
  }
}

async function beforeSending<T>(call: Call, turn: () => Promise<T>, signal: AbortSignal): Promise<T> {
  await call.prepare(signal)
  return turn()
}

type Failure = {
  readonly name: string
  readonly metadata: SdkMetadata
  /** `none`: nothing was asked. `lost`: it may have happened. `busy`: refused before doing it, for now. `given`: a refusal. */
  readonly answer: 'none' | 'lost' | 'busy' | 'given'
}

function read(error: unknown): Failure {
  const {
    name = 'Error',
    code,
    message = '',
    $metadata = {},
  } = (error ?? {}) as {
    readonly name?: string
    readonly code?: string
    readonly message?: string
    readonly $metadata?: SdkMetadata
  }
  const status = $metadata.httpStatusCode
  const made = (answer: Failure['answer']): Failure => ({ name, metadata: $metadata, answer })
  if (status === undefined) {
    // The SDK's connection timeout has the name of its request timeout, and no code.
    const unconnected =
      neverSent.has(code ?? '') ||
      /did not establish a connection/.test(message) ||
      plainName(name) === 'CredentialsProviderError'
    return made(unconnected ? 'none' : 'lost')
  }
  if (status >= 500) return made('lost')
  return made(plainName(name) === 'PriorRequestNotComplete' ? 'busy' : 'given')
}

function mayRepeat({ answer, name }: Failure, repeat: Repeat): boolean {
  if (name === 'CredentialsProviderError') return false
  return answer === 'none' || answer === 'busy' || (answer === 'lost' && repeat !== 'once')
}

function record(
  { clock, onCall }: AttemptsConfig,
  { service, operation, where, repeat }: Call,
  { attempt, asked, started }: { readonly attempt: number; readonly asked: number; readonly started: number },
  metadata: SdkMetadata,
  errorCode: string | null,
): void {
  onCall({
    service,
    operation,
    ...where,
    write: repeat !== 'read',
    status: metadata.httpStatusCode ?? null,
    errorCode,
    ms: clock.monotonic() - started,
    waitedMs: started - asked,
    attempt,
    requestId: metadata.requestId ?? null,
  })
}

function toAwsError(
  { service, operation, where }: Call,
  error: unknown,
  seen: { readonly attempt: number; readonly doubtful: boolean; readonly aborted: boolean },
): AwsError {
  // Of a session that could not be had: it names the call that failed.
  if (error instanceof AwsError) return error
  const { name, metadata } = read(error)
  const message = error instanceof Error ? error.message : String(error)
  const status = metadata.httpStatusCode ?? null
  const code = seen.aborted && status === null ? 'Aborted' : name
  return new AwsError({
    service,
    operation,
    where,
    code,
    kind: errorKind(code, message, status),
    message,
    status,
    requestId: metadata.requestId ?? null,
    doubtful: seen.doubtful,
    attempts: seen.attempt,
    cause: error,
  })
}
