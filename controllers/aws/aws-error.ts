import type { FailureKind } from '../shared/failure.ts'
import { scrubForeign } from '../shared/scrub.ts'
import type { ServiceName, Where } from './aws.ts'
import { withoutAnswer } from './without-answer.ts'

/** A call that did not succeed, or of which it is not known whether it did. The SDK's error is the `cause`. */
export class AwsError extends Error {
  readonly service: ServiceName
  readonly operation: string
  readonly where: Where
  /** The SDK's error name, e.g. `PriorityInUseException`; `Aborted` when our own signal ended it. */
  readonly code: string
  readonly kind: FailureKind
  /** AWS's own words, without our context. */
  readonly awsMessage: string
  /** Null when no answer came. */
  readonly status: number | null
  readonly requestId: string | null
  /** A write whose answer was lost: it may have happened. */
  readonly doubtful: boolean
  readonly attempts: number

  constructor(options: {
    readonly service: ServiceName
    readonly operation: string
    readonly where: Where
    readonly code: string
    readonly kind: FailureKind
    readonly message: string
    readonly status: number | null
    readonly requestId: string | null
    readonly doubtful: boolean
    readonly attempts: number
    readonly cause: unknown
  }) {
    const { service, operation, where, code } = options
    // AWS may repeat what was sent.
    const message = scrubForeign(options.message)
    super(`${service} ${operation} in ${where.account} ${where.region}: ${code}: ${message}`, {
      cause: withoutAnswer(options.cause),
    })
    this.name = 'AwsError'
    this.service = options.service
    this.operation = options.operation
    this.where = options.where
    this.code = options.code
    this.kind = options.kind
    this.awsMessage = message
    this.status = options.status
    this.requestId = options.requestId
    this.doubtful = options.doubtful
    this.attempts = options.attempts
  }
}
