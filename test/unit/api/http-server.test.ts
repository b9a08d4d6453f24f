import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type HttpServerOptions, listen } from '../../../controllers/api/http-server.ts'
import { realClock } from '../../../controllers/runtime/clock.ts'
import { until } from '../../env/until.ts'

async function server(options: Partial<HttpServerOptions> = {}) {
  const refused: string[] = []
  const seen: { readonly client: string; readonly oversized?: boolean }[] = []
  const running = await listen({
    address: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1_000,
    clock: realClock,
    onRefused: (client, { code }) => void refused.push(`${client} ${code}`),
    fetch: (_request, bindings) => {
      seen.push(bindings)
      return new Response('hello')
    },
    ...options,
  })
  return { ...running, refused, seen, [Symbol.asyncDispose]: () => running.stop() }
}

/** What comes back for bytes as they are, until the other side ends. */
function raw(port: number, bytes: string, { host = '127.0.0.1', end = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, host, () => (end ? socket.end(bytes) : socket.write(bytes)))
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    socket.on('error', () => undefined).on('close', () => resolve(text))
  })
}

const GET = (rest = '') => `GET /status HTTP/1.1\r\nHost: fairlead\r\nConnection: close\r\n${rest}\r\n`

describe('the server (real clock)', () => {
  it('hands requests on with the address of the client', async () => {
    await using it = await server()
    expect(await raw(it.port, GET())).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(it.seen).toEqual([{ client: '127.0.0.1', oversized: false }])
    expect(it.address).toBe(`127.0.0.1:${it.port}`)
  })

  it('listens on IPv6 and IPv4 if no address is given', async () => {
    await using it = await server({ address: '' })
    for (const host of ['127.0.0.1', '::1']) expect(await raw(it.port, GET(), { host })).toMatch(/ 200 /)
    expect(it.address).toBe(`[::]:${it.port}`)
  })

  it('says so when somebody listens there already', async () => {
    await using it = await server()
    await expect(server({ port: it.port })).rejects.toThrow(
      `http.address "127.0.0.1", http.port ${it.port}: another process listens there; expected a port that is free, or 0 for any`,
    )
    await expect(server({ address: '192.0.2.1' })).rejects.toThrow(/no network interface has this address/)
  })

  it.each([
    ['431 headers_too_large', 'headers that are too large', GET(`X-Large: ${'x'.repeat(20_000)}\r\n`)],
    ['400 bad_request', 'what is not HTTP', 'hello\r\n\r\n'],
    ['400 bad_request', 'two lengths of one body', GET('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')],
    ['400 bad_request', 'a host that is none', GET().replace('Host: fairlead', 'Host: a b@c')],
    ['400 bad_request', 'no host at all', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['405 method_not_allowed', 'CONNECT', 'CONNECT fairlead:443 HTTP/1.1\r\nHost: fairlead\r\n\r\n'],
  ])('answers %s to %s, in JSON, and tells of it', async (expected, _what, bytes) => {
    await using it = await server()
    const answer = await raw(it.port, bytes)
    const [status = '', code = ''] = expected.split(' ')
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)).error.code).toBe(code)
    expect(it.refused).toEqual([`127.0.0.1 ${code}`])
    expect(it.seen).toEqual([])
  })

  it('counts a body whose length is not said', async () => {
    await using it = await server()
    const chunked = (size: number) =>
      GET(`Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n`)
    await raw(it.port, chunked(1_000))
    await raw(it.port, chunked(1_001))
    expect(it.seen.map((one) => one.oversized)).toEqual([false, true])
  })

  it('does not wait as long for headers as for the whole', async () => {
    await using it = await server({ headersTimeoutMs: 200 })
    expect(await raw(it.port, 'GET / HTTP/1.1\r\nHost: x\r\nX-')).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('does not wait for who is slow: headers, and a body that does not end', async () => {
    await using it = await server({ headersTimeoutMs: 200, requestTimeoutMs: 300 })
    const slow = ['GET / HTTP/1.1\r\nHost: x\r\nX-', 'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab']
    for (const answer of await Promise.all(slow.map((bytes) => raw(it.port, bytes)))) expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(it.refused).toEqual(['127.0.0.1 request_timeout', '127.0.0.1 request_timeout'])
  })

  it('lets one client have so many connections and no more', async () => {
    await using it = await server({ connectionsOfClient: 3 })
    const held = Array.from({ length: 3 }, () => connect(it.port, '127.0.0.1'))
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    expect(await raw(it.port, GET())).toBe('')
    held[0]!.destroy()
    await until('a place is free', async () => (await raw(it.port, GET())).includes('200'), { seconds: 5 })
    for (const socket of held) socket.destroy()
  })

  it.each([
    'CONNECT fairlead:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    GET(),
    GET('Transfer-Encoding: chunked\r\n\r\n5\r\nab'),
    'GET / HT',
  ])('outlives a client that goes away in the middle of %j', async (bytes) => {
    const held = Promise.withResolvers<void>()
    await using it = await server({ fetch: async () => held.promise.then(() => new Response('late')) })
    for (let count = 0; count < 20; count++) {
      const socket = connect(it.port, '127.0.0.1', () => socket.write(bytes, () => socket.resetAndDestroy()))
      await new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve))
    }
    held.resolve()
    expect(await raw(it.port, GET())).toContain('late')
  })

  it('answers CONNECT to who is gone before it reads', async () => {
    await using it = await server({ onRefused: () => sockets.forEach((socket) => void socket.resetAndDestroy()) })
    const sockets = Array.from({ length: 10 }, () => connect(it.port, '127.0.0.1'))
    const ended = sockets.map((socket) => new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve)))
    for (const socket of sockets) socket.write('CONNECT fairlead:443 HTTP/1.1\r\nHost: x\r\n\r\n')
    await Promise.all(ended)
    expect(await raw(it.port, GET())).toMatch(/ 200 /)
  })

  it('ends with what is under way answered, and nobody holding it up', async () => {
    const gate = Promise.withResolvers<Response>()
    const it = await server({ fetch: () => gate.promise })
    const idle = connect(it.port, '127.0.0.1')
    const asked = raw(it.port, GET())
    await until('it was asked', async () => idle.readyState === 'open', { seconds: 5 })
    const stopped = it.stop()
    gate.resolve(new Response('the last one'))
    await stopped
    expect(await asked).toContain('the last one')
    await expect(fetch(`http://127.0.0.1:${it.port}/`)).rejects.toThrow()
    idle.destroy()
  })
})
