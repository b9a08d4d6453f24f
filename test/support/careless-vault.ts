import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Something in front of a Vault that refuses everything, and says again whatever it was sent: the token in the header, the body. */
export async function carelessVault(): Promise<{ readonly address: string; readonly refused: () => number } & AsyncDisposable> {
  let refused = 0
  const server = createServer(async (request, response) => {
    const token = String(request.headers['x-vault-token'])
    const encoded = [JSON.stringify({ token }), Buffer.from(token).toString('base64'), encodeURIComponent(token)]
    const errors = [`no policy lets ${token} (${encoded.join(', ')}) have ${await bodyOf(request)}`]
    refused++
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
