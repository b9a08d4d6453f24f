import { createPrivateKey } from 'node:crypto'

/** A text as it could stand in another: by name of the encoding. */
export function encodingsOf(value: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(value)
  return {
    raw: value,
    JSON: inJson(value),
    'JSON in JSON': inJson(inJson(value)),
    URL: encodeURIComponent(value),
    form: new URLSearchParams({ v: value }).toString().slice(2),
    ...bytesEncodings('', bytes),
  }
}

/** The private part of a key, which is what comes behind its public one (RFC 8017 appendix A.1.2), or before it (RFC 5915). */
export function keyEncodingsOf(pem: string): Readonly<Record<string, string>> {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' })
  const { bytes, lines } = privatePart(pem, jwk)
  const numbers = Object.entries(jwk).filter(([name]) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name))
  const joined = lines.replaceAll('\n', '')
  return {
    ...bytesEncodings('DER ', bytes),
    // A Secret holds the whole text, with its lines, in base64.
    ...bytesEncodings('PEM ', Buffer.from(lines)),
    ...Object.fromEntries(numbers.map(([name, value]) => [`JWK ${name}`, String(value)])),
    'PEM in a URL': encodeURIComponent(joined),
    'PEM in JSON': joined.replaceAll('/', '\\/'),
  }
}

function privatePart(pem: string, jwk: { readonly n?: string; readonly d?: string }) {
  const [head = '', ...body] = pem.trim().split('\n').slice(0, -1)
  const der = Buffer.from(body.join(''), 'base64')
  const known = Buffer.from(jwk.n ?? jwk.d ?? '', 'base64url')
  // Behind the modulus stands the public exponent: five bytes.
  const start = der.indexOf(known) + (jwk.n === undefined ? 0 : known.length + 5)
  const end = jwk.n === undefined ? start + known.length : der.length
  const digit = (at: number) => head.length + 1 + at + Math.floor(at / (body[0]?.length ?? 64))
  return {
    bytes: der.subarray(start, end),
    lines: pem.slice(digit(Math.ceil((start * 4) / 3)), digit(Math.floor((end * 4) / 3))),
  }
}

/** Base64 of bytes in the midst of others comes in three shapes, by where they begin; the first and last digits hold their neighbours. */
function bytesEncodings(prefix: string, bytes: Buffer): Readonly<Record<string, string>> {
  const shapes = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '')
    return text.slice(offset === 0 ? 0 : offset + 1, text.length - 1)
  })
  const hex = bytes.toString('hex')
  const named = (name: string, change: (text: string) => string) =>
    Object.fromEntries(shapes.map((text, offset) => [`${prefix}${name} at ${offset}`, change(text)]))
  return {
    ...named('base64', (text) => text),
    ...named('base64url', (text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...named('base64 in a URL', (text) => encodeURIComponent(text)),
    ...named('base64 in JSON', (text) => text.replaceAll('/', '\\/')),
    [`${prefix}hex`]: hex,
    [`${prefix}HEX`]: hex.toUpperCase(),
    [`${prefix}bytes`]: [...bytes].join(','),
  }
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
