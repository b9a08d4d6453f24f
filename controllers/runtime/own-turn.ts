let last: Promise<unknown> = Promise.resolve()

/**
 * Resolves in a turn of the event loop that nobody else who asks gets. Who computes for long asks before each time, so that several who do so
 * side by side hold up timers and sockets no longer than one of them.
 */
export function ownTurn(): Promise<unknown> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
  return last
}
