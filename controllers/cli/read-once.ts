import { isForbidden } from '../cluster/errors.ts'
import type { Watched } from '../runtime/watched.ts'

const LONGEST_READ_MS = 60_000

/** A controller waits for an API server as long as it takes; somebody at a terminal wants to know. */
export async function readOnce(watched: Watched, signal: AbortSignal): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    watched.onProblem((problem) => {
      if (isForbidden(problem)) reject(problem)
    })
    AbortSignal.timeout(LONGEST_READ_MS).addEventListener('abort', () => {
      const open = watched.reflectors.filter((one) => !one.hasSynced).map((one) => one.kind.plural)
      reject(new Error(`the API server did not answer for ${open.join(', ')} within ${LONGEST_READ_MS / 1000} s`))
    })
  })
  await Promise.race([watched.start(signal), failed])
}
