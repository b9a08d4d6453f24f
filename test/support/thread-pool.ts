import { createHook } from 'node:async_hooks'

/** Work that Node does outside the event loop and that no promise of ours stands for: keys, signatures, hashes, files. */
const requests =
  /^(KEYPAIRGEN|SECRETKEYGEN|KEYEXPORT|SIGN|HASH|CIPHER|DERIVEBITS|PBKDF2|SCRYPT|RANDOMBYTES|RANDOMPRIME)REQUEST$|^FSREQ(PROMISE|CALLBACK)$/

export type ThreadPool = { busy(): boolean }

/** Watches the thread pool, so that a simulated clock does not move on while a key is being made. */
export function watchThreadPool(): ThreadPool {
  const running = new Set<number>()
  createHook({
    trackPromises: false,
    init(id, type) {
      if (requests.test(type)) running.add(id)
    },
    after: (id) => void running.delete(id),
    destroy: (id) => void running.delete(id),
  }).enable()
  return { busy: () => running.size > 0 }
}
