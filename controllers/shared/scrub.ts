const REDACTED = '[redacted]'

/** Names whose values are secret: of environment variables, headers, fields of the APIs. */
const NAMES =
  'AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|VAULT_TOKEN|SecretAccessKey|SessionToken|x-amz-security-token|x-vault-token|secret_id|client_token|private_key|PrivateKey'

/** What secrets look like in text: keys (PEM, DER, JWK), tokens of Vault, JSON web tokens, bearer headers, and what its name gives away. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, '[pem]'],
  // The same in base64, as Secrets hold it: `-----BEGIN `, and the DER inside.
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/_-]+={0,2}/g, REDACTED],
  [/\bM(?:I[GHI]|HcC|C4C)[A-Za-z0-9+/_-]{40,}={0,2}/g, REDACTED],
  // The private parts of a JWK: RFC 7518 §6.2.2, §6.3.2 and §6.4.1.
  [/(\\*"(?:d|p|q|dp|dq|qi|k)\\*"\s*:\s*\\*")[A-Za-z0-9_-]{16,}/g, `$1${REDACTED}`],
  [/\b(?:hvs|hvb|hvr|s)\.[A-Za-z0-9_-]{20,}/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, REDACTED],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  // Between the name and the value stands what JSON, JSON inside JSON, YAML, a header or an assignment has there.
  [new RegExp(`\\b(${NAMES})([\\\\"'\\s]*[:=][\\\\"'\\s]*)[^\\s"',}\\\\]+`, 'gi'), `$1$2${REDACTED}`],
  // A user and a password in a URL.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${REDACTED}@`],
  [/([?&](?:X-Amz-Security-Token|X-Amz-Signature|X-Amz-Credential)=)[^&\s]+/g, `$1${REDACTED}`],
]

/** Fields that hold a secret whatever it looks like. */
const SECRET_FIELD =
  /^(authorization|cookie|x-vault-token|x-amz-security-token|password|passphrase|token|jwt|secretaccesskey|sessiontoken|privatekey|private_key|clienttoken|client_token|secretid|secret_id|tls\.key|next\.key)$/i
const JWK_FIELD = /^(d|p|q|dp|dq|qi|k|oth)$/

const DEEPEST = 8

export function scrubText(text: string): string {
  return PATTERNS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text)
}

/** A run of what base64 is made of, in a URL or JSON too. */
const RUN = /(?:[A-Za-z0-9+/_-]|%2[BbFf]|\\+\/){40,}={0,2}/g
/** What stands after these words of EC2 is random, and made to be shown: only who may can decode it. */
const SHOWN = 'authorization failure message: '
/** The id of something of Elastic Load Balancing in an ARN, or a UUID: neither is in anything random. */
const IDENTIFIER = /\/[0-9a-f]{16}(?![0-9a-f])|[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-/
/** Of random base64, four in ten are capitals and as many small letters; words are hardly ever so, and never without digits. */
const isRandom = (run: string): boolean => {
  const share = (digits: RegExp) => (run.match(digits)?.length ?? 0) / run.length
  return /[0-9]/.test(run) && share(/[A-Z]/g) > 0.15 && share(/[a-z]/g) > 0.15 && !IDENTIFIER.test(run)
}

/**
 * What somebody else said, who may repeat what was sent: parts of keys and tokens of any kind are left out, too.
 * Not for what we plan or read ourselves, where a long name is a name.
 */
export function scrubForeign(text: string): string {
  return scrubText(text).replaceAll(RUN, (run: string, at: number, whole: string) =>
    isRandom(run) && !whole.slice(0, at).endsWith(SHOWN) ? REDACTED : run,
  )
}

/** A copy for a log line: plain data, errors opened, nothing in it that looks like a secret. */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEEPEST) return '[deep]'
  if (value instanceof Error) return scrubError(value, depth)
  // Before `toJSON`, which a Buffer has: it tells every byte.
  if (ArrayBuffer.isView(value)) return '[bytes]'
  if ('toJSON' in value && typeof value.toJSON === 'function') return scrub(value.toJSON(), depth + 1)
  if (value instanceof Set) return scrub([...value], depth)
  if (value instanceof Map) return scrub(Object.fromEntries(value), depth)
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  const secret =
    'kty' in value ? (key: string) => SECRET_FIELD.test(key) || JWK_FIELD.test(key) : (key: string) => SECRET_FIELD.test(key)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, secret(key) && item != null ? REDACTED : scrub(item, depth + 1)]),
  )
}

/** Only what we know to be harmless of an error: client libraries hang whole requests, with their headers, on theirs. */
function scrubError(error: Error, depth: number): object {
  const { code, status, reason } = error as { code?: unknown; status?: unknown; reason?: unknown }
  const plain = (part: unknown) => (typeof part === 'string' ? scrubForeign(part) : typeof part === 'number' ? part : undefined)
  return {
    type: error.name,
    message: scrubForeign(error.message),
    code: plain(code),
    status: plain(status),
    reason: plain(reason),
    stack: error.stack === undefined ? undefined : scrubForeign(error.stack),
    cause: error.cause === undefined ? undefined : scrub(error.cause, depth + 1),
    errors: error instanceof AggregateError ? error.errors.map((inner) => scrub(inner, depth + 1)) : undefined,
  }
}
