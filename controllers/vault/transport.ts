import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { Clock } from '../runtime/clock.ts'

/** What node-vault hands to its transport, and what we add to its request options. */
export type TransportRequest = {
  readonly uri: string
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly signal: AbortSignal
  /** Given the whole answer: node-vault drops the headers. */
  readonly seen: (answer: TransportAnswer) => void
}

export type TransportAnswer = {
  readonly statusCode: number
  readonly body: unknown
  readonly retryAfterSeconds: number | null
  readonly request: { readonly path: string }
}

export type Transport = { (options: TransportRequest): Promise<TransportAnswer>; close(): Promise<void> }

export class VaultTimeout extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
    this.name = 'VaultTimeout'
  }
}

/**
 * The transport under node-vault. Its own (axios) knows no cancellation, has no default timeout, follows every redirect,
 * obeys proxy variables and drops the headers.
 */
export function transport(config: {
  readonly clock: Clock
  readonly caFile?: string | undefined
  readonly timeoutMs: number
}): Transport {
  const { clock, caFile, timeoutMs } = config
  let agent: Promise<Agent> | null = null

  async function connect(): Promise<Agent> {
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8')
    return new Agent({ connect: { ...(ca === undefined ? {} : { ca }), timeout: timeoutMs } })
  }

  async function once(url: URL, { method, headers = {}, json }: TransportRequest, signal: AbortSignal) {
    agent ??= connect().catch((error: unknown) => {
      // The file may be mounted later.
      agent = null
      throw error
    })
    const {
      statusCode,
      headers: answered,
      body,
    } = await request(url, {
      dispatcher: await agent,
      method: method as 'POST',
      headers: { accept: 'application/json', ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal,
    })
    return { statusCode, headers: answered, text: await body.text() }
  }

  async function send(options: TransportRequest): Promise<TransportAnswer> {
    const expired = new AbortController()
    const cancel = clock.after(timeoutMs, () => expired.abort(new VaultTimeout(timeoutMs)))
    const signal = AbortSignal.any([options.signal, expired.signal])
    try {
      const url = new URL(options.uri)
      let got = await once(url, options, signal)
      const elsewhere = got.statusCode === 307 ? activeNode(url, single(got.headers.location)) : null
      if (elsewhere !== null) got = await once(elsewhere, options, signal)
      const answer: TransportAnswer = {
        statusCode: got.statusCode,
        body: parsed(got.text),
        retryAfterSeconds: seconds(single(got.headers['retry-after'])),
        request: { path: url.pathname },
      }
      options.seen(answer)
      return answer
    } finally {
      cancel()
    }
  }

  return Object.assign(send, {
    close: async () => {
      const open = agent
      agent = null
      await (await open?.catch(() => null))?.close()
    },
  })
}

/**
 * A standby that does not forward answers 307 with the active node's address. It is followed once, for the same path, and only over TLS
 * that our CA vouches for: the request carries the token.
 */
function activeNode(asked: URL, location: string | null): URL | null {
  const found = location === null ? null : URL.parse(location, asked.href)
  return found !== null && found.protocol === 'https:' && asked.protocol === 'https:' && found.pathname === asked.pathname
    ? found
    : null
}

const single = (header: string | string[] | undefined): string | null =>
  Array.isArray(header) ? (header[0] ?? null) : (header ?? null)

const seconds = (header: string | null): number | null => (header !== null && /^\d+$/.test(header) ? Number(header) : null)

function parsed(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
