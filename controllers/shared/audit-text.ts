import { type AuditLine, auditLine } from './audit-line.ts'

/** What one line of a file or of a process's output is to the audit. */
export type AuditText =
  | { readonly what: 'line'; readonly line: AuditLine }
  /** Half a line: its process did not live to finish it, or could not. */
  | { readonly what: 'torn' }
  /** It says that it is an audit line, and is none that we know. */
  | { readonly what: 'foreign'; readonly why: string }
  /** A line of the log, or of anything else that shares the output. */
  | { readonly what: 'other' }

/** As the writer begins every line: keys are sorted. */
const BEGINS = /^\{"(account|action|after|audit)":/
const MARKED = /"audit":\s*\d/

export function readAuditText(text: string): AuditText {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return BEGINS.test(text) || (text.startsWith('{') && MARKED.test(text)) ? { what: 'torn' } : { what: 'other' }
  }
  if (typeof value !== 'object' || value === null || typeof Reflect.get(value, 'audit') !== 'number') return { what: 'other' }
  const read = auditLine.safeParse(value)
  if (read.success) return { what: 'line', line: read.data }
  const [issue] = read.error.issues
  return { what: 'foreign', why: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not an audit line'}` }
}
