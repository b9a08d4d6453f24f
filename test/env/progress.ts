// Progress for people: on a terminal one line that rewrites itself, elsewhere one line per finished step.
import type { WriteStream } from 'node:tty'

export type Progress = {
  /** A finished step: stays on the screen, with the time since the beginning. */
  readonly progress: (line: string) => void
  /** What goes on right now: shown on a terminal only. */
  readonly status: (line: string) => void
  /** Clears the rewriting line. */
  readonly end: () => void
}

/** Writes to `stream`; give it stderr, so that stdout stays the program's own. */
export function showProgress(stream: NodeJS.WriteStream | WriteStream = process.stderr): Progress {
  const began = performance.now()
  const elapsed = (): string => {
    const seconds = Math.floor((performance.now() - began) / 1000)
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
  if (stream.isTTY !== true) {
    return { progress: (line) => void stream.write(`[${elapsed()}] ${line}\n`), status: () => undefined, end: () => undefined }
  }
  let current = ''
  let ticking: NodeJS.Timeout | undefined
  const draw = (): void => {
    const line = `[${elapsed()}] ${current}`
    stream.write(`\r\x1b[2K${line.slice(0, Math.max(20, (stream.columns || 80) - 1))}`)
  }
  const end = (): void => {
    if (ticking === undefined) return
    clearInterval(ticking)
    ticking = undefined
    stream.write('\r\x1b[2K')
  }
  return {
    progress: (line) => {
      stream.write(`\r\x1b[2K[${elapsed()}] ${line}\n`)
      if (ticking !== undefined) draw()
    },
    status: (line) => {
      current = line
      // Long steps say nothing for a while: the clock shows that they live.
      ticking ??= setInterval(draw, 1000).unref()
      draw()
    },
    end,
  }
}
