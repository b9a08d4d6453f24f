import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuditedCall } from '../shared/audit-line.ts'

/** An intent that is written, and what was sent for it so far. */
export type OpenIntent = { readonly seq: number; readonly calls: AuditedCall[] }

/** What the code that runs now works on: on each line of the log, and in the audit. */
export type Work = {
  /** Of the pass: the same in the log and in the audit. */
  readonly reconcile: string | null
  readonly unit: string | null
  /** What else stands on each line of the log. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly intents: readonly OpenIntent[]
}

const storage = new AsyncLocalStorage<Work>()

export function currentWork(): Work | null {
  return storage.getStore() ?? null
}

/** Runs one pass of a unit. */
export function inPass<T>(unit: string, fields: Work['fields'], run: () => T): T {
  return storage.run({ reconcile: crypto.randomUUID(), unit, fields, intents: [] }, run)
}

/** Runs what was intended: whatever is sent in there is for these intents. */
export function inIntents<T>(intents: readonly OpenIntent[], fields: Work['fields'], run: () => T): T {
  const { reconcile = null, unit = null } = currentWork() ?? {}
  return storage.run({ reconcile, unit, fields, intents }, run)
}

/** Runs one call that several works share. */
export function inAll<T>(works: readonly (Work | null)[], run: () => T): T {
  const present = works.filter((work) => work !== null)
  const [first] = present
  if (first === undefined) return run()
  return storage.run({ ...first, intents: present.flatMap((work) => work.intents) }, run)
}

/** Puts a call that was sent to every intent it is for. */
export function noteCall(call: AuditedCall): void {
  for (const intent of currentWork()?.intents ?? []) intent.calls.push(call)
}
