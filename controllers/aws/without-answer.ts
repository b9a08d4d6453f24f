import { scrubForeign } from '../shared/scrub.ts'
import type { SdkMetadata } from './sdk.ts'

/**
 * What remains of an error of the SDK as the cause of ours. The SDK hangs the whole answer on it, fixed for good, and AWS's words, which
 * may repeat what was sent, on several fields.
 */
export function withoutAnswer(error: unknown): unknown {
  if (!(error instanceof Error) || !('$metadata' in error)) return error
  const { code, $metadata } = error as { readonly code?: unknown; readonly $metadata?: SdkMetadata }
  const { httpStatusCode, requestId } = $metadata ?? {}
  const kept = Object.assign(new Error(scrubForeign(error.message), { cause: error.cause }), {
    ...(typeof code === 'string' ? { code } : {}),
    $metadata: { httpStatusCode, requestId },
  })
  Object.defineProperty(kept, 'name', { value: error.name, configurable: true })
  kept.stack = scrubForeign(error.stack ?? '')
  return kept
}
