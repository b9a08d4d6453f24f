import 'reflect-metadata'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { CertificatesCache } from '../../../controllers/certificates/cache.ts'
import { newKey, signingRequest } from '../../../controllers/certificates/csr.ts'
import { parseDuration } from '../../../controllers/certificates/duration.ts'
import { keyPatch, secretWithKey, storedFrom } from '../../../controllers/certificates/secrets.ts'
import { canonicalSerial, readIssued } from '../../../controllers/certificates/x509.ts'
import type { Secret } from '../../../controllers/shared/objects.ts'
import { ARN, contextOf, inAcm, OBJECT, SLOT, UNIT } from './fixtures.ts'

describe('a signing request (no clock)', () => {
  it.each(['ec-p256', 'ec-p384', 'rsa-2048'] as const)('for %s is one that others read and verify', async (keyType) => {
    const key = await newKey(keyType)
    const csr = new x509.Pkcs10CertificateRequest(signingRequest(key, 'www.example.com', ['www.example.com', '*.example.com']))
    expect(await csr.verify()).toBe(true)
    expect(csr.subject).toBe('CN=www.example.com')
    const names = csr.getExtension('2.5.29.17') as x509.SubjectAlternativeNameExtension
    expect(names.names.toJSON()).toEqual([
      { type: 'dns', value: 'www.example.com' },
      { type: 'dns', value: '*.example.com' },
    ])
    const spki = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' })
    expect(Buffer.from(csr.publicKey.rawData).equals(spki)).toBe(true)
  })

  it('may have no common name', async () => {
    const csr = new x509.Pkcs10CertificateRequest(signingRequest(await newKey('ec-p256'), '', ['www.example.com']))
    expect([csr.subject, await csr.verify()]).toEqual(['', true])
  })
})

describe('what is read (no clock)', () => {
  it.each([
    ['3A5F', '3a:5f'],
    ['0a:01', '0a:01'],
    ['00:0a:01', '0a:01'],
    ['A01', '0a:01'],
  ])('serial %s', (text, expected) => expect(canonicalSerial(text)).toBe(expected))

  it('is nothing where a certificate or key is none', () => expect(readIssued('x', 'y')).toBeNull())

  it.each([
    ['72h', 259_200],
    ['30d', 2_592_000],
    ['1h30m', 5400],
    ['0h', null],
    ['soon', null],
    ['10', null],
    ['-1h', null],
  ])('duration %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds))
})

describe('what ACM was seen to hold (no clock)', () => {
  it('is looked at again in a new term', () => {
    const cache = new CertificatesCache()
    cache.putAcm(inAcm())
    expect(cache.arnsToRead(contextOf([]), false)).toEqual(new Map())
    cache.reset()
    expect(cache.arnsToRead(contextOf([]), false)).toEqual(new Map([[ARN, SLOT]]))
  })
})

describe('a certificate that is gone from ACM (no clock)', () => {
  const gone = { ...inAcm(), serial: null, unused: true }
  const naming = (): Secret => {
    const body = secretWithKey('fairlead-system', 'one', 'cluster-1', {
      slot: SLOT,
      object: OBJECT,
      keyType: 'ec-p256',
      hosts: ['www.example.com'],
      profile: 'p',
      key: '',
    })
    const { annotations } = body.metadata
    const imported = { ...annotations, 'fairlead.dev/state': 'imported', 'fairlead.dev/arn': ARN }
    const metadata = { ...body.metadata, annotations: imported, uid: 'u1', resourceVersion: '9', creationTimestamp: '' }
    return { ...body, kind: 'Secret', metadata, data: {} }
  }

  it('is remembered while a Secret names it, and asked for no more in a new term', () => {
    const cache = new CertificatesCache()
    cache.putAcm(gone)
    const context = contextOf([], { secrets: [naming()] })
    expect(cache.observed(context).stored[0]?.arn).toBe(ARN)
    expect(cache.observed(context).acm).toEqual([gone])
    cache.reset()
    expect(cache.arnsToRead(context, false)).toEqual(new Map())
    expect(cache.observed(context).acm).toEqual([gone])
  })

  it('is forgotten when none does, and not looked at again though the tag index goes on listing it', () => {
    const cache = new CertificatesCache()
    cache.putAcm(gone)
    expect(cache.observed(contextOf([])).acm).toEqual([])
    expect(cache.acm(ARN)).toBeUndefined()
    cache.list(ARN, SLOT)
    expect(cache.arnsToRead(contextOf([]), true)).toEqual(new Map())
    cache.reset()
    cache.list(ARN, SLOT)
    expect(cache.arnsToRead(contextOf([]), true)).toEqual(new Map())
  })
})

describe('Secrets and our own writes to them (no clock)', () => {
  const request = { slot: SLOT, object: OBJECT, keyType: 'ec-p256', hosts: ['www.example.com'], profile: 'p', key: '' }
  const version = (resourceVersion: string, uid = 'u1', hosts = ['www.example.com']): Secret => {
    const body = secretWithKey('fairlead-system', 'one', 'cluster-1', { ...request, hosts })
    const metadata = { ...body.metadata, uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' }
    return { ...body, kind: 'Secret', metadata, data: {} }
  }
  const seen = (cache: CertificatesCache, ...secrets: readonly Secret[]) =>
    cache.secrets(contextOf([], { secrets })).map((secret) => `${secret.metadata.uid} ${secret.metadata.resourceVersion}`)

  it('are seen at once, and never rolled back', () => {
    const cache = new CertificatesCache()
    cache.wrote(version('9'))
    expect(seen(cache)).toEqual(['u1 9'])
    expect(seen(cache, version('8'))).toEqual(['u1 9'])
    expect(seen(cache, version('10'))).toEqual(['u1 10'])
    expect(seen(cache, version('11'))).toEqual(['u1 11'])
  })

  it('are gone when somebody else removed them', () => {
    const cache = new CertificatesCache()
    cache.wrote(version('9'))
    expect(seen(cache, version('8'))).toEqual(['u1 9'])
    expect(seen(cache)).toEqual([])
  })

  it('stay removed while the watch still tells of them, and come back as others', () => {
    const cache = new CertificatesCache()
    cache.removed('one', 'u1')
    expect(seen(cache, version('9'))).toEqual([])
    expect(seen(cache, version('12', 'u2'))).toEqual(['u2 12'])
  })

  it('are of this unit only', () => {
    const cache = new CertificatesCache()
    const other = version('9')
    cache.wrote({ ...other, metadata: { ...other.metadata, annotations: { 'fairlead.dev/slot': 'group/all:x' } } })
    expect(seen(cache)).toEqual([])
  })

  it.each([
    ['the unit is gone', (cache: CertificatesCache) => cache.forget(UNIT)],
    ['a new term begins', (cache: CertificatesCache) => cache.reset()],
  ])('are kept no longer when %s', (_what, end) => {
    const cache = new CertificatesCache()
    cache.wrote(version('9'))
    end(cache)
    expect(seen(cache)).toEqual([])
  })

  it('are kept no longer when the watch has caught up', () => {
    const cache = new CertificatesCache()
    cache.wrote(version('9'))
    expect(seen(cache, version('9'))).toEqual(['u1 9'])
    expect(seen(cache)).toEqual([])
  })

  it('keep the doubt about an import over a new key', () => {
    expect(keyPatch({ ...request, key: 'k' }, true).annotations).toMatchObject({ 'fairlead.dev/state': 'importing' })
    expect(keyPatch({ ...request, key: 'k' }).annotations).toMatchObject({ 'fairlead.dev/state': 'key' })
    expect(storedFrom(version('1'))).toMatchObject({
      slot: SLOT,
      object: OBJECT,
      state: 'key',
      arn: null,
      current: null,
      next: null,
    })
  })

  it('are none of ours without the label', () => {
    const ours = version('1')
    expect(storedFrom({ ...ours, metadata: { ...ours.metadata, labels: {} } })).toBeNull()
  })
})
