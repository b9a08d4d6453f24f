import { ChangeFailed, type FailureKind } from '../shared/failure.ts'
import { AwsError } from './aws-error.ts'
import { errorKind, plainName } from './error-kinds.ts'

type Seen = { readonly code: string; readonly message: string; readonly kind: FailureKind; readonly doubtful: boolean }

/** Reads an error of the port, or of the SDK itself. */
export function seenError(error: unknown): Seen {
  if (error instanceof AwsError) return { code: error.code, message: error.message, kind: error.kind, doubtful: error.doubtful }
  const {
    name = 'Error',
    message = String(error),
    $metadata,
  } = (error ?? {}) as {
    readonly name?: string
    readonly message?: string
    readonly $metadata?: { readonly httpStatusCode?: number }
  }
  return { code: name, message, kind: errorKind(name, message, $metadata?.httpStatusCode ?? null), doubtful: false }
}

const notFound = /NotFound$|^NoSuch/
const alreadyExists = new Set(['PriorityInUse', 'InvalidGroup.Duplicate', 'InvalidPermission.Duplicate'])
const inUse = new Set(['ResourceInUse', 'DependencyViolation', 'InvalidGroup.InUse'])
const throttled = new Set(['Throttling', 'Throttled', 'RequestLimitExceeded', 'TooManyRequests', 'RequestThrottled', 'SlowDown'])

/** What was named does not exist: deleting it has succeeded. Not `SSLPolicyNotFound`, which is a wrong parameter. */
export function isNotFound(error: unknown): boolean {
  const code = plainName(seenError(error).code)
  return notFound.test(code) && code !== 'SSLPolicyNotFound'
}

/** Something with this name, priority or permission is there already. */
export function isAlreadyThere(error: unknown): boolean {
  const { code, message } = seenError(error)
  const plain = plainName(code)
  if (plain === 'InvalidChangeBatch') return /already exists/.test(message)
  return alreadyExists.has(plain) || /^Duplicate(?!TagKeys)/.test(plain)
}

/** Something still uses what was to be deleted. */
export const isInUse = (error: unknown): boolean => inUse.has(plainName(seenError(error).code))

export const isThrottling = (error: unknown): boolean => throttled.has(plainName(seenError(error).code))

/** What the executor is told when a call of these changes failed. A failure that already says which changes it hit stays as it is. */
export function awsFailure(error: unknown, changes: readonly string[]): ChangeFailed {
  if (error instanceof ChangeFailed) return error
  const { code, message, kind, doubtful } = seenError(error)
  return new ChangeFailed({ code: plainName(code), kind, message, changes, doubtful, cause: error })
}
