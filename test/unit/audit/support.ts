import { Audit, type AuditOptions } from '../../../controllers/runtime/audit.ts'
import type { AuditSink } from '../../../controllers/runtime/audit-sink.ts'
import { type AuditLine, auditLine } from '../../../controllers/shared/audit-line.ts'
import { type AuditVerdict, AuditVerifier, type VerifyOptions } from '../../../controllers/shared/audit-verify.ts'
import { type Change, change } from '../../../controllers/shared/change.ts'

export const RULE: Change = change({
  controller: 'loadbalancers',
  action: 'create',
  type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  target: 'rule',
  account: '111111111111',
  region: 'us-east-1',
  object: { kind: 'Ingress', namespace: 'games', name: 'game' },
  after: { Conditions: [{ Field: 'host-header', Values: ['game.example.com'] }] },
  reason: 'a host is wanted',
  calls: ['CreateRule'],
})

export const OBJECT = {
  ...RULE.object,
  uid: 'u-1',
  lastChange: { manager: 'kubectl', operation: 'Apply', time: '2026-01-01T00:00:00Z' },
}

/** A sink in memory that can be full. */
export function memorySink(): AuditSink & { text: string; full: boolean } {
  const sink = {
    name: 'memory',
    text: '',
    full: false,
    tail() {
      const lines = sink.text.split('\n')
      const rest = lines.pop() ?? ''
      return { lines, rest }
    },
    write(text: string) {
      if (sink.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      sink.text += text
    },
    close: () => undefined,
  }
  return sink
}

let time = Date.UTC(2026, 0, 1)

export function auditTo(sinks: readonly AuditSink[], options: Partial<AuditOptions> = {}): Audit {
  const clock = { now: () => (time += 1000), monotonic: () => time }
  const rest = { cluster: 'cluster-1', replica: 'fairlead-1', policy: 'sync', onProblem: () => undefined }
  return new Audit({ sinks, clock, ...rest, ...options })
}

/** Makes a change, and another that fails. */
export async function someWrites(audit: Audit): Promise<void> {
  await audit.changes(
    [RULE],
    () => OBJECT,
    async () => undefined,
  )
  const other = { ...RULE, id: `${RULE.id}:2` }
  await audit
    .changes(
      [other],
      () => OBJECT,
      async () => {
        throw Object.assign(new Error('AWS said no'), { code: 'AccessDenied' })
      },
    )
    .catch(() => undefined)
}

export function linesOf(text: string): readonly AuditLine[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => auditLine.parse(JSON.parse(line)))
}

export function verify(text: string, options: VerifyOptions = {}): AuditVerdict {
  const verifier = new AuditVerifier(options)
  for (const [index, line] of text.split('\n').entries()) if (line !== '') verifier.add(line, { file: 'audit', line: index + 1 })
  return verifier.end()
}
