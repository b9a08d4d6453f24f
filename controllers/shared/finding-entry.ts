import type { Finding } from './finding.ts'

/** A finding's code as its documentation has it. */
export type FindingEntry = {
  readonly severity: Finding['severity'] | 'blocking or warning'
  readonly means: string
  readonly todo: string
}

/** By code, which is also the reason of the Event. */
export type FindingTable = Readonly<Record<string, FindingEntry>>
