import { isIP } from 'node:net'
import type { RoutedRequest } from '../loadbalancers/rule-match.ts'

/** A request at a load balancer, as somebody wrote it at a terminal. */
export type AskedRequest = RoutedRequest & { readonly port: number; readonly secure: boolean; readonly url: string }

const WRITTEN = /^(?:([A-Za-z]+)\s+)?(https?):\/\/([^/?#\s]+)([^?#\s]*)(?:\?([^#\s]*))?(?:#\S*)?$/

/** `[METHOD] URL`, with headers as `Name: value`. Throws if it is none, saying what was read. */
export function readRequest(text: string, headers: readonly string[], sourceIp: string | null): AskedRequest {
  const match = WRITTEN.exec(text.trim())
  if (match === null)
    throw new Error(
      `--request is ${JSON.stringify(text)}; expected a method and a URL, such as 'GET https://shop.example.com/cart?id=1'`,
    )
  const [, method = 'GET', scheme, authority = '', path = '', query = ''] = match
  const given = headers.map(readHeader)
  let url: URL
  try {
    url = new URL(`${scheme}://${authority}`)
  } catch (cause) {
    throw new Error(`--request names the host ${JSON.stringify(authority)}, which is none`, { cause })
  }
  if (sourceIp !== null && isIP(sourceIp) === 0)
    throw new Error(`--source-ip is ${JSON.stringify(sourceIp)}; expected one address, such as 203.0.113.7`)
  const secure = scheme === 'https'
  const hostHeader = given.find(([name]) => name.toLowerCase() === 'host')?.[1]
  return {
    method,
    url: `${scheme}://${authority}${path === '' ? '/' : path}${query === '' ? '' : `?${query}`}`,
    host: hostHeader === undefined ? url.hostname : hostHeader.replace(/:\d+$/, ''),
    path: path === '' ? '/' : path,
    query,
    headers: given,
    sourceIp,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
  }
}

function readHeader(text: string): readonly [name: string, value: string] {
  const cut = text.indexOf(':')
  const name = text.slice(0, Math.max(0, cut)).trim()
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
    throw new Error(`--header is ${JSON.stringify(text)}; expected 'Name: value', such as 'X-Version: 2'`)
  return [name, text.slice(cut + 1).trim()]
}
