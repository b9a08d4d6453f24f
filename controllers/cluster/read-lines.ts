/** A line is longer than anything the API server sends: its own limit for one object is 3 MiB in a request, 1.5 MiB in etcd. */
export class LineTooLongError extends Error {
  readonly code = 'LINE_TOO_LONG'
  constructor(limit: number) {
    super(`a line of more than ${limit} bytes`)
    this.name = 'LineTooLongError'
  }
}

const NEWLINE = 0x0a

/** Splits a byte stream into its lines, without holding more than `limit` bytes. A last line without an end was cut off: it is dropped. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let held = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE, from); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      parts.push(chunk.subarray(from, end))
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      held = 0
      from = end + 1
      if (line.trim() !== '') yield line
    }
    if (from < chunk.length) {
      held += chunk.length - from
      if (held > limit) throw new LineTooLongError(limit)
      parts.push(chunk.subarray(from))
    }
  }
}
