import { readFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Environment } from '../env/environment.ts'

/** Plain HTTP in front of all three servers, which sees every write of Fairlead once the server has executed it, before Fairlead knows. */
export type WriteCounter = {
  readonly kubernetes: string
  readonly vault: string
  readonly aws: string
  /** Called after each write was executed; if it returns true, the answer is never given. */
  onWrite(listener: (what: string) => boolean): void
  close(): Promise<void>
}

type Upstream = {
  readonly url: string
  readonly ca?: string
  readonly writeOf: (incoming: IncomingMessage, body: Buffer) => string | null
}

export async function writeCounter(environment: Environment): Promise<WriteCounter> {
  let listener: (what: string) => boolean = () => false
  const ca = await readFile(environment.apiServer.caFile, 'utf8')
  const upstreams: readonly Upstream[] = [
    { url: environment.apiServer.url, ca, writeOf: kubernetesWrite },
    { url: environment.vault.address, writeOf: vaultWrite },
    { url: environment.aws.endpoint, writeOf: awsWrite },
  ]
  const proxies = await Promise.all(upstreams.map((upstream) => proxy(upstream, (what) => listener(what))))
  const [kubernetes, vault, aws] = proxies.map((one) => one.url) as [string, string, string]
  return {
    kubernetes,
    vault,
    aws,
    onWrite: (next) => {
      listener = next
    },
    close: async () => {
      await Promise.all(proxies.map((one) => one.close()))
    },
  }
}

/** The Lease is not part of the cycle: it is written by the clock. */
function kubernetesWrite({ method = 'GET', url = '' }: IncomingMessage): string | null {
  return method === 'GET' || url.includes('/leases') ? null : `kubernetes ${method} ${url}`
}

function vaultWrite({ url = '' }: IncomingMessage): string | null {
  return url.includes('/sign/') ? `vault ${url}` : null
}

function awsWrite({ method = 'GET', url = '', headers }: IncomingMessage, body: Buffer): string | null {
  const target = headers['x-amz-target']
  const action = typeof target === 'string' ? target.split('.').at(-1) : /(?:^|&)Action=(\w+)/.exec(body.toString('latin1'))?.[1]
  if (action === undefined) return method === 'GET' ? null : `route53 ${method} ${url}`
  return /^(Describe|List|Get|Assume)/.test(action) ? null : `aws ${action}`
}

async function proxy(
  { url, ca, writeOf }: Upstream,
  onWrite: (what: string) => boolean,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('error', () => undefined)
    incoming.on('end', () => forward(incoming, Buffer.concat(chunks), response))
  })

  function forward(incoming: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { connection: _, 'transfer-encoding': __, ...headers } = incoming.headers
    const options = { method: incoming.method, headers, agent: false as const }
    const answered = (upstream: IncomingMessage): void => {
      const { connection: ___, 'keep-alive': ____, ...told } = upstream.headers
      const what = (upstream.statusCode ?? 500) < 400 ? writeOf(incoming, body) : null
      if (what !== null && onWrite(what)) {
        upstream.resume()
        return
      }
      response.writeHead(upstream.statusCode ?? 502, told)
      response.flushHeaders()
      upstream.on('error', () => response.destroy())
      upstream.on('close', () => !upstream.complete && response.destroy())
      upstream.pipe(response)
    }
    const target = `${url}${incoming.url}`
    const outgoing =
      ca === undefined ? httpRequest(target, options, answered) : httpsRequest(target, { ...options, ca }, answered)
    outgoing.on('error', () => response.destroy())
    // A watch that its reader has left; a write goes on, as it does on a real network.
    response.on('close', () => incoming.method === 'GET' && outgoing.destroy())
    response.on('error', () => undefined)
    outgoing.end(body)
  }

  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
