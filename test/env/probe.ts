// Asks a server on loopback over HTTP or HTTPS; the environment's only HTTP client, so that it needs no library.
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'

export type Ask = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM of the authority to trust; 'any' for a server whose certificate is its own. */
  readonly ca?: string | 'any'
  readonly timeoutMs?: number
}

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }

export function ask(url: string, { method = 'GET', headers = {}, body, ca, timeoutMs = 30_000 }: Ask = {}): Promise<Answer> {
  const trust = ca === 'any' ? { rejectUnauthorized: false } : ca === undefined ? {} : { ca }
  // A connection of its own each time: a kept one would be found dead after a server's restart.
  const options: RequestOptions = { method, headers, agent: false, timeout: timeoutMs, ...trust }
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    }
    const request = url.startsWith('https:') ? httpsRequest(url, options, onResponse) : httpRequest(url, options, onResponse)
    request.on('timeout', () => request.destroy(new Error(`${method} ${url}: no answer within ${timeoutMs} ms`)))
    request.on('error', reject)
    request.end(body)
  })
}
