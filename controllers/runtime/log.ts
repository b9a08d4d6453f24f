import { pino } from 'pino'
import { scrub, scrubText } from '../shared/scrub.ts'
import { currentWork } from './work.ts'

export type LogFields = Readonly<Record<string, unknown>>
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** `log.info('listener created', { object, arn })`. Whatever is logged goes through the scrubber. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>> & {
  /** The same log, with fields on every line. */
  child(fields: LogFields): Log
}

export type LogOptions = {
  readonly level: LogLevel | 'silent'
  readonly format: 'json' | 'text'
  /** Gets whole lines with their newline. Default: stdout, written at once, so that a crash loses nothing. */
  readonly write?: (line: string) => void
  /** For the time of each line, milliseconds since the epoch. */
  readonly now: () => number
}

export function createLog({ level, format, write, now }: LogOptions): Log {
  const out = write ?? lineWriter()
  const sink = format === 'json' ? out : (line: string) => out(textLine(line))
  const base = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: sink },
  )
  return wrap(base)
}

type PinoLike = Pick<pino.Logger, LogLevel> & { child(fields: object): PinoLike }

function wrap(base: PinoLike): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      base[level](scrub({ ...workFields(), ...fields }) as object, scrubText(message))
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(base.child(scrub(fields) as object)),
  }
}

/** What the line is about, wherever it is written from: the pass, its unit, the object. */
function workFields(): LogFields {
  const work = currentWork()
  return work === null ? {} : { ...(work.reconcile === null ? {} : { reconcile: work.reconcile }), ...work.fields }
}

function lineWriter(): (line: string) => void {
  const stream = pino.destination({ fd: 1, sync: true })
  return (line) => stream.write(line)
}

/** `12:34:56.789 WARN  message key=value`: for people who run it by hand. */
function textLine(line: string): string {
  const { ts, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const pairs = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${String(ts).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${pairs.join('')}\n`
}
