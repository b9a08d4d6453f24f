import type { ControllerName } from '../shared/change.ts'
import type { ServiceName } from './aws.ts'

/** One request that was sent to AWS, and how it ended. Counted, traced and audited from here. */
export type CallRecord = {
  readonly service: ServiceName
  readonly operation: string
  readonly account: string
  readonly region: string
  /** Whose call it was, unless nobody's in particular. */
  readonly controller?: ControllerName
  readonly write: boolean
  /** Null when no answer came. */
  readonly status: number | null
  readonly errorCode: string | null
  readonly ms: number
  /** For its turn at the limiter, and before the first call for a session. */
  readonly waitedMs: number
  /** 1 for the first try. */
  readonly attempt: number
  readonly requestId: string | null
}

export type CallCount = Pick<CallRecord, 'service' | 'operation' | 'account' | 'region' | 'errorCode'> & {
  readonly count: number
}

export type CallCounter = { record(call: CallRecord): void; counts(): readonly CallCount[] }

/** Counts calls by what a metric tells apart. */
export function callCounter(): CallCounter {
  const counts = new Map<string, CallCount>()
  return {
    record({ service, operation, account, region, errorCode }) {
      const key = JSON.stringify([service, operation, account, region, errorCode])
      counts.set(key, { service, operation, account, region, errorCode, count: (counts.get(key)?.count ?? 0) + 1 })
    },
    counts: () => [...counts.values()],
  }
}
