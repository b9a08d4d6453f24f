import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network between a client and a server: it can be cut. */
export type TcpProxy = {
  readonly port: number
  /** From now on nothing passes, and nothing says so: packets are dropped. */
  cut(): void
  /** Everything passes again; what was open is gone. */
  heal(): void
  close(): Promise<void>
}

export async function tcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const pair = [client, upstream] as const
    for (const [index, socket] of pair.entries()) {
      const other = pair[1 - index]!
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        if (!isCut) other.write(chunk)
      })
      // While it is cut neither side learns that the other has left.
      socket.on('end', () => !isCut && other.end())
      socket.on('close', () => {
        sockets.delete(socket)
        if (!isCut) other.destroy()
      })
    }
  })
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true
    },
    heal() {
      drop()
      isCut = false
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        drop()
      }),
  }
}
