// Free loopback ports. They lie below the range operating systems give to outgoing connections (Linux from
// 32768, macOS from 49152), so that nobody else's connection takes a server's port while it restarts.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const lowest = 20_000
const highest = 32_000
const given = new Set<number>()

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(lowest, highest)
    if (given.has(port) || !(await canBind(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free loopback port between ${lowest} and ${highest}`)
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
