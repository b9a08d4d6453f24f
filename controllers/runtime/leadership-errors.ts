/** We do not lead, or not for long enough to finish a write. */
export class NotLeadingError extends Error {
  readonly code = 'NOT_LEADING'
  readonly remainingMs: number
  constructor(remainingMs: number) {
    super('not leading, or not for long enough to finish a write')
    this.name = 'NotLeadingError'
    this.remainingMs = remainingMs
  }
}

const ENDS = {
  LEASE_LOST: 'the lease could not be renewed in time',
  LEASE_STOPPED: 'stopped',
  LEASE_YIELDED: 'left to another replica',
} as const
type LeadershipEnd = keyof typeof ENDS

/** Why the signal of a leader was aborted. */
export class LeadershipEnded extends Error {
  readonly code: LeadershipEnd
  constructor(code: LeadershipEnd) {
    super(ENDS[code])
    this.name = 'LeadershipEnded'
    this.code = code
  }
}

/** Whether a leader was told to stop, and is to finish what it began: the lease is still its own. */
export function mayFinish({ reason }: AbortSignal): boolean {
  return reason instanceof LeadershipEnded && reason.code === 'LEASE_STOPPED'
}
