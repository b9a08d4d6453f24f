import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Clock } from '../runtime/clock.ts'
import { delay } from '../runtime/delay.ts'
import type { Bindings } from './app.ts'
import { CannotServe } from './cannot-serve.ts'
import { clientKey } from './client-key.ts'
import { Problem, type ProblemCode } from './problem.ts'

export type HttpServerOptions = {
  readonly fetch: (request: Request, bindings: Bindings) => Response | Promise<Response>
  readonly address: string
  readonly port: number
  readonly maxBodyBytes: number
  readonly clock: Clock
  /** A request that never came so far as to be one. */
  readonly onRefused: (client: string, problem: Problem) => void
  /** Shorter, in tests. */
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly connectionsOfClient?: number
}

export type HttpServer = { readonly address: string; readonly port: number; stop(): Promise<void> }

const MAX_HEADER_BYTES = 16_384
const MAX_CONNECTIONS = 1_024
const STOP_GRACE_MS = 1_000

/** Listens, and hands whole requests on. Whoever is slow, talks too much or holds many connections is cut off here. */
export async function listen(options: HttpServerOptions): Promise<HttpServer> {
  const { fetch, maxBodyBytes, clock, onRefused } = options
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 15_000, connectionsOfClient = 128 } = options
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs),
    keepAliveTimeout: 5_000,
    // Told in our own words, as everything else.
    requireHostHeader: false,
  })
  server.maxConnections = MAX_CONNECTIONS
  limitConnections(server, connectionsOfClient)
  server.on('request', (incoming, outgoing) => {
    // A length that is not said before has to be counted.
    const counted = incoming.headers['transfer-encoding'] === undefined ? Promise.resolve(false) : exceeds(incoming, maxBodyBytes)
    const answer = (oversized: boolean) => {
      const client = addressOf(incoming.socket)
      const errorHandler = () => {
        const problem = new Problem('bad_request', 'The request cannot be read')
        onRefused(client, problem)
        return answerOf(problem)
      }
      return getRequestListener((request) => fetch(request, { client, oversized }), {
        overrideGlobalObjects: false,
        errorHandler,
      })(incoming, outgoing)
    }
    // Whoever goes away in the middle is no defect of ours, and ends nothing but the connection.
    counted.then(answer).catch(() => incoming.socket.destroy())
  })
  // What comes from it after that, its end included, is no request either.
  const answered = new WeakSet<Duplex>()
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || answered.has(socket)) {
      socket.destroy()
      return
    }
    answered.add(socket)
    const problem = new Problem(...clientErrors(error.code ?? ''))
    onRefused(addressOf(socket), problem)
    sendRaw(socket, problem)
  })
  server.on('connect', (_incoming, socket) => {
    // Such a socket is nobody's any more: an error that is not listened to would end the process.
    socket.on('error', () => socket.destroy())
    const problem = new Problem('method_not_allowed', 'Expected GET or HEAD', { headers: { allow: 'GET, HEAD' } })
    onRefused(addressOf(socket), problem)
    sendRaw(socket, problem)
  })
  await begin(server, options)
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new CannotServe('the HTTP server has no port')
  return {
    address: bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    port: bound.port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      const ended = new AbortController()
      await Promise.race([closed, delay(clock, STOP_GRACE_MS, ended.signal).catch(() => undefined)])
      ended.abort()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Whether a body is larger; reads no further than it has to. */
async function exceeds(incoming: IncomingMessage, most: number): Promise<boolean> {
  let bytes = 0
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length
      if (bytes > most) return true
    }
  } catch {
    // It broke off: nobody is there to be answered.
  }
  return false
}

function limitConnections(server: Server, most: number): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const key = clientKey(addressOf(socket))
    const count = (open.get(key) ?? 0) + 1
    if (count > most) {
      socket.destroy()
      return
    }
    open.set(key, count)
    socket.once('close', () => {
      const left = (open.get(key) ?? 1) - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    })
  })
}

async function begin(server: Server, { address, port }: Pick<HttpServerOptions, 'address' | 'port'>): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, ...(address === '' ? {} : { host: address }) }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException
    const where = `http.address ${JSON.stringify(address)}, http.port ${port}`
    throw new CannotServe(`${where}: ${LISTEN_ERRORS[code] ?? message}`, { cause })
  }
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; expected a port that is free, or 0 for any',
  EACCES: 'this port needs more rights; expected one from 1024',
  EADDRNOTAVAIL: 'no network interface has this address',
}

function clientErrors(code: string): readonly [ProblemCode, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return ['headers_too_large', `The headers have more than ${MAX_HEADER_BYTES} bytes`]
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['request_timeout', 'The request did not come to its end in time']
  return ['bad_request', 'This is not HTTP']
}

function answerOf(problem: Problem): Response {
  return Response.json(problem.body, { status: problem.status, headers: { ...problem.headers, 'cache-control': 'no-store' } })
}

/** For who has sent nothing that could be answered as a request. */
function sendRaw(socket: Duplex, problem: Problem): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problem.body)
  const headers = { ...problem.headers, 'content-type': 'application/json', 'content-length': body.length, connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${problem.status} ${problem.code}\r\n${lines.join('')}\r\n${body}`)
}

function addressOf(socket: Duplex): string {
  return ('remoteAddress' in socket && typeof socket.remoteAddress === 'string' && socket.remoteAddress) || 'unknown'
}
