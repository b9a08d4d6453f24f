/** The audit trail cannot be written, so nothing else is. */
export class AuditUnavailable extends Error {
  readonly code = 'AuditUnavailable'
  constructor(sink: string, cause: unknown) {
    super(`the audit trail cannot be written to ${sink}, so nothing is changed: ${said(cause)}`, { cause })
    this.name = 'AuditUnavailable'
  }
}

function said(cause: unknown): string {
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause)
}
