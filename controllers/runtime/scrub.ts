const REDACTED = '[redacted]'

/** What secrets look like in text: keys, tokens of Vault, JSON web tokens, bearer headers, AWS keys' secret halves by their names. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, '[pem]'],
  [/\b(?:hvs|hvb|hvr|s)\.[A-Za-z0-9_-]{20,}/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, REDACTED],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [
    /\b(AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|VAULT_TOKEN|secret_id|client_token)(["'\s]*[:=]["'\s]*)[^\s"',}]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/([?&](?:X-Amz-Security-Token|X-Amz-Signature|X-Amz-Credential)=)[^&\s]+/g, `$1${REDACTED}`],
]

/** Fields that hold a secret whatever it looks like. */
const SECRET_FIELD =
  /^(authorization|x-vault-token|password|token|secretaccesskey|sessiontoken|privatekey|private_key|clienttoken|client_token|secretid|secret_id|tls\.key)$/i

const DEEPEST = 8

export function scrubText(text: string): string {
  return PATTERNS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text)
}

/** A copy for a log line: plain data, errors opened, nothing in it that looks like a secret. */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEEPEST) return '[deep]'
  if (value instanceof Error) return scrubError(value, depth)
  if ('toJSON' in value && typeof value.toJSON === 'function') return scrub(value.toJSON(), depth + 1)
  if (ArrayBuffer.isView(value)) return '[bytes]'
  if (value instanceof Set) return scrub([...value], depth)
  if (value instanceof Map) return scrub(Object.fromEntries(value), depth)
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, SECRET_FIELD.test(key) && item != null ? REDACTED : scrub(item, depth + 1)]),
  )
}

/** Only what we know to be harmless of an error: client libraries hang whole requests, with their headers, on theirs. */
function scrubError(error: Error, depth: number): object {
  const { code, status, reason } = error as { code?: unknown; status?: unknown; reason?: unknown }
  const plain = (part: unknown) => (typeof part === 'string' || typeof part === 'number' ? scrub(part) : undefined)
  return {
    type: error.name,
    message: scrubText(error.message),
    code: plain(code),
    status: plain(status),
    reason: plain(reason),
    stack: error.stack === undefined ? undefined : scrubText(error.stack),
    cause: error.cause === undefined ? undefined : scrub(error.cause, depth + 1),
    errors: error instanceof AggregateError ? error.errors.map((inner) => scrub(inner, depth + 1)) : undefined,
  }
}
