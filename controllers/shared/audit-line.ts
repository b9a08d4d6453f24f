import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from './names.ts'

/** The version of the lines; a contract. A change of what a field means is another version. */
export const AUDIT_VERSION = 1
/** What the first line of the first chain follows. */
export const NO_HASH = '0'.repeat(64)

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hex')
const chained = {
  audit: z.literal(AUDIT_VERSION).describe('Version of the line.'),
  chain: z.string().describe('The chain it belongs to: one for each time a replica starts.'),
  seq: z.number().int().positive().describe('Its number in the chain, from 1 without gaps.'),
  prev: hash.describe('Hash of the line before it; of a first line that of the last line of the chain it continues, or zeros.'),
  time: z.iso.datetime().describe('When it was written.'),
  cluster: z.string().describe('Identity of the cluster.'),
  replica: z.string().describe('The replica that wrote it: pod name and a random part.'),
  hash: hash.describe('SHA-256 over the canonical JSON (keys sorted, no spaces) of everything else in the line.'),
}
const object = z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string() })
const shape = z.record(z.string(), z.unknown()).nullable()

const start = z.strictObject({
  ...chained,
  kind: z.literal('start').describe('A process began.'),
  continues: z
    .strictObject({
      chain: z.string(),
      seq: z.number().int().positive(),
      hash,
      torn: hash.nullable().describe('SHA-256 of half a line behind it, which its process did not live to finish.'),
    })
    .nullable()
    .describe('The chain that stood last in the audit file; null without a file, or where it was empty.'),
})

const intent = z.strictObject({
  ...chained,
  kind: z.literal('intent').describe('A write is about to be made. Without this line it is not made.'),
  reconcile: z.string().nullable().describe('The pass that made it; the same as `reconcile` in the log.'),
  unit: z.string().nullable().describe('What was planned together.'),
  controller: z.string().describe('Who writes.'),
  change: z.string().describe('Id of the change, as in the plan.'),
  action: z.enum(['create', 'update', 'replace', 'delete']),
  type: z.string().describe('CloudFormation type, `Vault::PKI::Certificate` or `Kubernetes::KIND`.'),
  target: z.string().describe('ARN, record name and type, namespace/name; before it exists its name.'),
  account: z.string().describe('AWS account; for Vault its name, for Kubernetes the cluster.'),
  region: z.string(),
  object: object
    .extend({
      uid: z.string().nullable().describe('Null if the object is gone.'),
      lastChange: z
        .strictObject({ manager: z.string(), operation: z.string(), time: z.string() })
        .nullable()
        .describe('Field manager and time of the last change to the object by anyone but Fairlead.'),
    })
    .nullable()
    .describe('The Kubernetes object it is for.'),
  policy: z.string().describe('The policy that lets it through.'),
  rule: z.string().nullable().describe('The rule on hostnames, profiles or accounts that lets it through, where one decided.'),
  reason: z.string(),
  before: shape.describe('What is there, without secrets.'),
  after: shape.describe('What is to be there, without secrets.'),
  planned: z.array(z.string()).describe('The API operations it is planned to make.'),
})

const call = z.strictObject({
  service: z.string().describe('AWS service, `vault` or `kubernetes`.'),
  operation: z.string(),
  account: z.string(),
  region: z.string(),
  status: z.number().int().nullable().describe('HTTP status; null when no answer came.'),
  code: z.string().nullable().describe('Error code; null if it succeeded.'),
  attempt: z.number().int().positive(),
  requestId: z.string().nullable().describe('Request id of AWS or Vault, or the audit id of the API server.'),
})

const outcome = z.strictObject({
  ...chained,
  kind: z.literal('outcome').describe('How a write ended.'),
  intent: z.number().int().positive().describe('`seq` of its intent, in the same chain.'),
  reconcile: z.string().nullable(),
  controller: z.string(),
  change: z.string(),
  object: object.nullable(),
  outcome: z.enum(['ok', 'failed']),
  code: z.string().nullable().describe('Error code; null if it succeeded.'),
  message: z.string().nullable(),
  doubtful: z.boolean().describe('Whether the answer was lost, so that it may have happened all the same.'),
  calls: z.array(call).describe('The writes that were sent, in order; none if it failed before.'),
  ms: z.number().int().nonnegative(),
})

const stop = z.strictObject({ ...chained, kind: z.literal('stop').describe('The process ended as it was told to.') })

/** One line of the audit trail. The only place that says what is in it: writer, `audit verify` and the documentation read this. */
export const auditLine = z.discriminatedUnion('kind', [start, intent, outcome, stop])

export type AuditLine = z.output<typeof auditLine>
export type IntentLine = z.output<typeof intent>
export type OutcomeLine = z.output<typeof outcome>
export type AuditedCall = z.output<typeof call>
type WithoutHash<T> = T extends unknown ? Omit<T, 'hash'> : never
export type UnsealedLine = WithoutHash<AuditLine>
type WithoutChain<T> = T extends unknown ? Omit<T, keyof typeof chained> : never
/** What the writer of a line says; the chain adds the rest. */
export type AuditEntry = WithoutChain<AuditLine>

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The hash of a line: over what was written, whatever the spaces and the order of its keys. */
export function auditHash(line: UnsealedLine): string {
  const { hash: _, ...rest } = line as UnsealedLine & { readonly hash?: string }
  return sha256(canonicalJson(rest))
}

/** The line with its hash, as the text that is written, without its newline. */
export function sealed(line: UnsealedLine): { readonly text: string; readonly hash: string } {
  const hash = auditHash(line)
  return { text: canonicalJson({ ...line, hash }), hash }
}
