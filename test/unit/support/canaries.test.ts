import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signingRequest } from '../../../controllers/certificates/csr.ts'
import { Canaries } from '../../support/canaries.ts'

const TOKEN = 'hvs.CAESIJ"canary\\of+vault/with=all&kinds of%signs'
const SHORT = 'wJalr/canary+EXAMPLE'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = (key: typeof rsa.privateKey, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  key.export({ format: 'pem', type: type as 'pkcs8' }).toString()
const KEY = pemOf(rsa.privateKey)
const EC = pemOf(ec.privateKey)

const canaries = new Canaries()
canaries.plant('token', TOKEN)
canaries.plant('short', SHORT)
canaries.plantKey('rsa', KEY)
canaries.plantKey('ec', EC)

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const json = (text: string) => JSON.stringify({ text })
const form = (text: string) => new URLSearchParams({ text }).toString()

/** What turns a text into another that says the same. */
const WAYS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  JSON: json,
  'JSON in JSON': (text) => json(json(text)),
  base64,
  'base64 behind one': (text) => base64(`a${text}z`),
  'base64 behind two': (text) => base64(`ab${text}z`),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in a URL': (text) => encodeURIComponent(base64(text)),
  URL: encodeURIComponent,
  form,
  hex: (text) => Buffer.from(text).toString('hex'),
  'a Buffer in JSON': (text) => JSON.stringify(Buffer.from(text)),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
}

const lines = (pem: string) => pem.trim().split('\n').slice(1, -1)
const der = (pem: string) => createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
const jwk = createPrivateKey(KEY).export({ format: 'jwk' })

/** Ways in which a private key alone can be told. */
const KEY_WAYS: Readonly<Record<string, string>> = {
  'the DER in base64': base64(der(KEY)),
  'the DER in hex': der(KEY).toString('hex'),
  'one line of the PEM': lines(KEY)[12]!,
  'forty characters across two lines': `${lines(KEY)[12]!.slice(-20)}\n${lines(KEY)[13]!.slice(0, 20)}`,
  'forty characters across two lines in JSON': `${lines(KEY)[12]!.slice(-20)}\\n${lines(KEY)[13]!.slice(0, 20)}`,
  'a part of what a Secret holds': base64(KEY).slice(1500, 1540),
  'the older form': pemOf(rsa.privateKey, 'pkcs1'),
  'a JWK': JSON.stringify(jwk),
  'the exponent': String(jwk.d),
  'a prime': String(jwk.p),
  'an EC key': EC,
  'an EC key in its older form': pemOf(ec.privateKey, 'sec1'),
  'an EC key in base64': base64(EC),
}

describe('the search for leaked secrets (no clock)', () => {
  it.each(Object.keys(WAYS))('finds a token, a short secret and a key leaked as %s', (way) => {
    for (const [secret, value] of Object.entries({ token: TOKEN, short: SHORT, rsa: KEY })) {
      const text = `{"msg":"Vault said no to ${WAYS[way]!(value)}, twice"}`
      expect(canaries.search('log', text).map((leak) => leak.secret)).toContain(secret)
    }
  })

  it.each(Object.keys(KEY_WAYS))('finds %s', (way) => {
    const [leak] = canaries.search('log', `key: ${KEY_WAYS[way]}!`)
    expect(leak?.secret).toBe(way.includes('EC') ? 'ec' : 'rsa')
  })

  it('finds nothing in what is public, or too little of it', () => {
    const text = [
      signingRequest(KEY, 'game.example.com', ['game.example.com']),
      signingRequest(EC, 'game.example.com', ['game.example.com']),
      base64(signingRequest(KEY, 'game.example.com', ['game.example.com'])),
      rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }),
      rsa.publicKey.export({ format: 'pem', type: 'spki' }),
      pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
      lines(KEY)[12]!.slice(0, 39),
      SHORT.slice(1),
      TOKEN.slice(0, 20),
    ]
    expect(canaries.search('log', text.join('\n'))).toEqual([])
  })
})
