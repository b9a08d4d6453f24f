import type { Clock } from './clock.ts'
import type { LogFields } from './log.ts'

const PERIOD_MS = 60_000

/** Says a thing at most once a minute per key: a service that is down is one line, not one for each unit that needs it. */
export function seldom(
  clock: Clock,
  tell: (what: string, fields: LogFields) => void,
): (key: string, what: string, fields: LogFields) => void {
  const told = new Map<string, number>()
  return (key, what, fields) => {
    const now = clock.monotonic()
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < PERIOD_MS) return
    told.set(key, now)
    tell(what, fields)
  }
}
