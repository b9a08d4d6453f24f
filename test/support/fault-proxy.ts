import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

export type ProxiedRequest = { readonly method: string; readonly url: string; readonly watch: boolean }

export type ProxyFault = {
  readonly on: (request: ProxiedRequest) => boolean
  /** `answer`: says this instead of asking the server. `reset`: breaks the connection. `hang`: never answers. `stall`: passes the head on, then nothing. */
  readonly how:
    | {
        readonly kind: 'answer'
        readonly status: number
        readonly headers?: Readonly<Record<string, string>>
        readonly body?: object
      }
    | { readonly kind: 'reset' | 'hang' | 'stall' }
  readonly times?: number
}

export type FaultProxy = {
  readonly url: string
  readonly requests: ProxiedRequest[]
  /** How many TCP connections were made to it. */
  connections(): number
  fail(fault: ProxyFault): void
  /** Every watch that is open breaks in mid-stream. */
  breakWatches(): void
  /** Every watch that is open goes silent, but stays open. */
  stallWatches(): void
  close(): Promise<void>
}

type OpenWatch = { readonly upstream: IncomingMessage; readonly response: ServerResponse }

/** Plain HTTP in front of an HTTPS server, and what can go wrong in between. */
export async function faultProxy(target: { readonly url: string; readonly ca: string }): Promise<FaultProxy> {
  const faults: (ProxyFault & { left: number })[] = []
  const requests: ProxiedRequest[] = []
  const watches = new Set<OpenWatch>()
  const sockets = new Set<Socket>()
  let connections = 0

  const server = createServer((incoming, response) => {
    const { method = 'GET', url = '/' } = incoming
    const asked = { method, url, watch: /[?&]watch=true/.test(url) }
    requests.push(asked)
    const fault = faults.find((candidate) => candidate.left > 0 && candidate.on(asked))
    if (fault !== undefined) fault.left--
    const how = fault?.how ?? null
    if (how?.kind === 'reset') incoming.socket.resetAndDestroy()
    else if (how?.kind === 'answer') {
      incoming.resume()
      response.writeHead(how.status, { 'content-type': 'application/json', ...how.headers })
      response.end(JSON.stringify(how.body ?? { kind: 'Status', code: how.status }))
    } else if (how?.kind !== 'hang') forward(incoming, response, asked, how?.kind === 'stall')
  })

  function forward(incoming: IncomingMessage, response: ServerResponse, asked: ProxiedRequest, stalls: boolean): void {
    const { host: _, connection: __, ...headers } = incoming.headers
    const options = { method: asked.method, headers, ca: target.ca, agent: false as const }
    const outgoing = request(`${target.url}${asked.url}`, options, (upstream) => {
      // Whether its own connection is kept says nothing of ours.
      const { connection: ___, 'keep-alive': ____, ...told } = upstream.headers
      response.writeHead(upstream.statusCode ?? 502, told)
      response.flushHeaders()
      if (stalls) {
        upstream.resume()
        return
      }
      if (asked.watch) {
        const open = { upstream, response }
        watches.add(open)
        response.on('close', () => {
          watches.delete(open)
          upstream.destroy()
        })
      }
      upstream.on('error', () => response.destroy())
      upstream.on('close', () => !upstream.complete && response.destroy())
      upstream.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }

  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    fail: (fault) => void faults.push({ ...fault, left: fault.times ?? 1 }),
    breakWatches: () => {
      for (const { response } of [...watches]) response.socket?.resetAndDestroy()
    },
    stallWatches: () => {
      for (const { upstream, response } of watches) {
        upstream.unpipe(response)
        upstream.resume()
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
