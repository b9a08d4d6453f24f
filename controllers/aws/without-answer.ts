import { scrubForeign } from '../shared/scrub.ts'

type SdkError = Error & { [field: string]: unknown }

/** The SDK hangs the whole answer on its errors, twice, and AWS's words, which may repeat what was sent, on several fields. */
export function withoutAnswer(error: unknown): unknown {
  if (!(error instanceof Error) || !('$metadata' in error)) return error
  const told = error as unknown as SdkError
  delete told.$response
  // `stack` holds the message as it was.
  for (const field of [...Object.getOwnPropertyNames(told), 'message', 'stack']) {
    const value = told[field]
    if (field !== '$metadata' && isRecord(value)) delete told[field]
    if (typeof value === 'string') Object.defineProperty(told, field, { value: scrubForeign(value), configurable: true })
  }
  return told
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
