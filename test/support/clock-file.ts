import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the AWS stand-in reads what time it is, in eight bytes that both have in memory: cheaper by far than a request for each tick. */
export type ClockFile = { readonly path: string; readonly tell: (now: number) => void; readonly remove: () => void }

export function makeClockFile(): ClockFile {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-clock-'))
  const path = join(folder, 'now')
  const file = openSync(path, 'w+')
  const bytes = Buffer.alloc(8)
  const tell = (now: number) => {
    bytes.writeDoubleLE(now)
    writeSync(file, bytes, 0, 8, 0)
  }
  tell(0)
  return {
    path,
    tell,
    remove: () => {
      closeSync(file)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
