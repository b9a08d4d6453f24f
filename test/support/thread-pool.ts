import { createHook } from 'node:async_hooks'

/** Work that Node does outside the event loop and that no promise of ours stands for: keys, signatures, hashes, files. */
const requests =
  /^(KEYPAIRGEN|SECRETKEYGEN|KEYEXPORT|SIGN|HASH|CIPHER|DERIVEBITS|PBKDF2|SCRYPT|RANDOMBYTES|RANDOMPRIME)REQUEST$|^FSREQ(PROMISE|CALLBACK)$/

/**
 * The synchronous form of an operation announces itself too, and its end only when it is collected as garbage.
 * Nothing but making a key takes longer than this, in real milliseconds.
 */
const LONGEST_MS = 100

export type ThreadPool = { busy(): boolean }

/** Watches the thread pool, so that a simulated clock does not move on while a key is being made. */
export function watchThreadPool(): ThreadPool {
  const running = new Map<number, number>()
  createHook({
    trackPromises: false,
    init(id, type) {
      if (requests.test(type))
        running.set(id, type === 'KEYPAIRGENREQUEST' ? Number.POSITIVE_INFINITY : performance.now() + LONGEST_MS)
    },
    after: (id) => void running.delete(id),
    destroy: (id) => void running.delete(id),
  }).enable()
  return {
    busy() {
      const now = performance.now()
      for (const [id, until] of running) if (until < now) running.delete(id)
      return running.size > 0
    },
  }
}
