import type { Clock } from '../runtime/clock.ts'
import type { Where } from './aws.ts'
import type { Credentials } from './sdk.ts'

export type Session = Credentials & { readonly expiresAt: number }

/** Sessions of assumed roles, one per account and controller: kept, renewed before they end, one AssumeRole at a time. */
export type Sessions = {
  /** Makes sure that there is a session that lasts; asks for one if there is none or it ends soon. */
  ready(where: Where, signal: AbortSignal): Promise<void>
  /** The session to sign with, after `ready`. */
  held(where: Where): Session
  /** AWS said that it has expired, whatever our clock says. */
  drop(where: Where): void
}

const RENEW_BEFORE_MS = 5 * 60_000

const keyOf = ({ account, controller }: Where): string => `${account}/${controller ?? ''}`

export function sessions(clock: Clock, assume: (where: Where) => Promise<Session>): Sessions {
  const held = new Map<string, Session>()
  const asked = new Map<string, Promise<void>>()

  function ask(where: Where): Promise<void> {
    const going = asked.get(keyOf(where))
    if (going !== undefined) return going
    const asking = assume(where)
      .then((session) => void held.set(keyOf(where), session))
      .finally(() => asked.delete(keyOf(where)))
    asked.set(keyOf(where), asking)
    return asking
  }

  const left = (where: Where): number => (held.get(keyOf(where))?.expiresAt ?? 0) - clock.now()

  return {
    async ready(where, signal) {
      if (left(where) > RENEW_BEFORE_MS) return
      try {
        await unlessAborted(ask(where), signal)
      } catch (error) {
        // What still works is used while renewing it fails.
        if (signal.aborted || left(where) <= 0) throw error
      }
    },
    held(where) {
      const session = held.get(keyOf(where))
      if (session === undefined) throw new Error(`no session of ${keyOf(where)} is held`)
      return session
    },
    drop: (where) => void held.delete(keyOf(where)),
  }
}

/** One asks for all: whoever gives up stops waiting, the asking goes on for the others. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
