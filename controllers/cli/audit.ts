import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fromCaller } from '../config.ts'
import { readAuditText } from '../shared/audit-text.ts'
import { AuditVerifier, type VerifyOptions } from '../shared/audit-verify.ts'
import { type AuditedWrite, AuditedWrites, type AuditFilter, matches } from '../shared/audit-write.ts'
import { EXIT } from './exit-codes.ts'

type Print = (text: string) => void
/** One line of the input, and where it stands. */
type Line = { readonly text: string; readonly file: string; readonly line: number }

/** Lines of files in the order given; `-` is standard input. Throws what the system says of a file that cannot be read. */
export async function* linesIn(files: readonly string[], stdin: NodeJS.ReadableStream): AsyncGenerator<Line> {
  for (const file of files) {
    const input: NodeJS.ReadableStream = file === '-' ? stdin : createReadStream(fromCaller(file))
    const failed = new Promise<never>((_resolve, reject) => input.once('error', reject))
    failed.catch(() => undefined)
    let line = 0
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([lines.next(), failed])
      if (next.done === true) break
      line++
      if (next.value !== '') yield { text: next.value, file: file === '-' ? 'standard input' : file, line }
    }
  }
}

/** `fairlead audit verify`: whether the chains are whole and unchanged. Names the first line that is not. Returns the exit code. */
export async function auditVerify(lines: AsyncIterable<Line>, options: VerifyOptions, print: Print): Promise<number> {
  const verifier = new AuditVerifier(options)
  for await (const { text, ...at } of lines) verifier.add(text, at)
  const { problem, lines: count, chains, skipped, open, last } = verifier.end()
  if (problem !== null) {
    const { why, file, line, message } = problem
    print(`${line === 0 ? '' : `${file}:${line}: `}${why}: ${message}`)
    return EXIT.failure
  }
  print(
    `whole: ${counted(count, 'audit line')} in ${counted(chains, 'chain')}${skipped === 0 ? '' : `; ${counted(skipped, 'other line')}`}`,
  )
  for (const intent of open)
    print(`no outcome: ${intent.time} ${intent.change}: its process ended in between, or is at it; AWS tells what came of it`)
  if (last !== null) print(`ends in ${last.hash}`)
  return EXIT.nothingToDo
}

/** `fairlead audit grep`: the writes that match, each with how it ended. Exit code as of grep: 1 if there is none. */
export async function auditGrep(
  lines: AsyncIterable<Line>,
  filter: AuditFilter,
  output: 'text' | 'json',
  print: Print,
): Promise<number> {
  const writes = new AuditedWrites()
  let found = 0
  const tell = (write: AuditedWrite) => {
    if (!matches(write, filter)) return
    found++
    print(output === 'json' ? JSON.stringify(write) : rendered(write))
  }
  for await (const { text } of lines) {
    const read = readAuditText(text)
    const write = read.what === 'line' ? writes.add(read.line) : null
    if (write !== null) tell(write)
  }
  for (const write of writes.open()) tell(write)
  return found > 0 ? EXIT.nothingToDo : EXIT.failure
}

function rendered({ intent, outcome }: AuditedWrite): string {
  const object = intent.object === null ? '' : ` for ${intent.object.kind} ${intent.object.namespace}/${intent.object.name}`
  const calls = (outcome?.calls ?? []).map(
    ({ operation, attempt, code, requestId }) =>
      `${operation}${attempt > 1 ? ` (attempt ${attempt})` : ''}${code === null ? '' : ` ${code}`}${requestId === null ? '' : ` ${requestId}`}`,
  )
  const by = intent.object?.lastChange
  return [
    `${intent.time} ${ending(outcome)} ${intent.controller} ${intent.action} ${intent.type} ${intent.target}${object}`,
    `  because: ${intent.reason}`,
    ...(by == null ? [] : [`  the object was last changed by ${by.manager} at ${by.time}`]),
    ...(outcome?.message == null ? [] : [`  ${outcome.code}: ${outcome.message}`]),
    ...(calls.length === 0 ? [] : [`  calls: ${calls.join(', ')}`]),
  ].join('\n')
}

function ending(outcome: AuditedWrite['outcome']): string {
  if (outcome === null) return 'OPEN'
  return outcome.doubtful ? 'doubtful' : outcome.outcome
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
