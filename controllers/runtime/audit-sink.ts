import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs'

/** Where whole lines go. `write` either writes all of it or throws. */
export type AuditSink = {
  readonly name: string
  /** The end of what is there already: its last lines (two at least, if there are), and half a line behind them. */
  tail(): { readonly lines: readonly string[]; readonly rest: string }
  write(text: string): void
  close(): void
}

/** A sink that writes what it could not write before what comes next, so that the chain in it has no gap. */
export class PatientSink {
  readonly #sink: AuditSink
  readonly #waiting: string[] = []

  constructor(sink: AuditSink) {
    this.#sink = sink
  }

  get name(): string {
    return this.#sink.name
  }

  tail(): ReturnType<AuditSink['tail']> {
    return this.#sink.tail()
  }

  add(line: string): void {
    this.#waiting.push(line)
  }

  /** Writes what waits. Throws what the system said if that is not possible. */
  flush(): void {
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      this.#sink.write(`${line}\n`)
      this.#waiting.shift()
    }
  }

  close(): void {
    this.#sink.close()
  }
}

const FULL_MS = 1000
const PAUSE_MS = 5
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all of it; what is not taken at once (a pipe that is full) has a second to be. Returns how much was written, and why not all. */
function writeAll(fd: number, bytes: Buffer): { readonly written: number; readonly problem: unknown } {
  let written = 0
  for (let waited = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (problem) {
      const full = (problem as NodeJS.ErrnoException).code === 'EAGAIN'
      if (!full || waited >= FULL_MS) return { written, problem }
      Atomics.wait(pause, 0, 0, PAUSE_MS)
      waited += PAUSE_MS
    }
  }
  return { written, problem: null }
}

/** Standard output, between the lines of the log. */
export function stdoutSink(fd = 1): AuditSink {
  // Half a line was written: others write here too, so the rest cannot follow. It is ended, and written anew.
  let broken = false
  return {
    name: 'standard output',
    tail: () => ({ lines: [], rest: '' }),
    write(text) {
      const { written, problem } = writeAll(fd, Buffer.from(broken ? `\n${text}` : text))
      if (problem !== null) {
        broken ||= written > 0
        throw problem
      }
      broken = false
    },
    close: () => undefined,
  }
}

const TAIL = 64 * 1024

/** A file that is appended to. One that was moved away (rotated) is made anew. It belongs to one process. */
export function fileSink(path: string): AuditSink {
  let fd: number | null = null
  /** What of the line at hand is in the file already. */
  let begun = 0

  function open(): number {
    if (fd !== null && begun === 0 && !isSame(fd, path)) {
      closeSync(fd)
      fd = null
    }
    fd ??= openSync(path, 'a+', 0o600)
    return fd
  }

  return {
    name: path,
    tail() {
      const file = open()
      const { size } = fstatSync(file)
      for (let length = Math.min(size, TAIL); ; length = Math.min(size, length * 4)) {
        const bytes = Buffer.alloc(length)
        readSync(file, bytes, 0, length, size - length)
        const lines = bytes.toString().split('\n')
        const rest = lines.pop() ?? ''
        // The first line of a part may be half of one.
        if (length === size || lines.length > 2) return { lines: length === size ? lines : lines.slice(1), rest }
      }
    },
    write(text) {
      const file = open()
      const { written, problem } = writeAll(file, Buffer.from(text).subarray(begun))
      begun = problem === null ? 0 : begun + written
      if (problem !== null) throw problem
    },
    close() {
      if (fd !== null) closeSync(fd)
      fd = null
    },
  }
}

function isSame(fd: number, path: string): boolean {
  try {
    const [there, held] = [statSync(path), fstatSync(fd)]
    return there.ino === held.ino && there.dev === held.dev
  } catch {
    return false
  }
}
