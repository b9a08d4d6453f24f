import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** The lines of a file of any size, but for a last one that was cut off as its writer ended. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let held: string | null = null
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (held !== null && held !== '') yield held
    held = line
  }
  if (held?.endsWith('}')) yield held
}
