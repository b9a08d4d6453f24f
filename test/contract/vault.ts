import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SignedCertificate, SignRequest, Vault } from '../../controllers/vault/vault.ts'
import { VaultError } from '../../controllers/vault/vault-error.ts'
import { csrFor } from '../support/csr.ts'

export type VaultUnderTest = {
  readonly vault: Vault
  /** The name it has in the configuration. */
  readonly name: string
  /** PEM of the root. */
  readonly caPem: string
  now(): number
}

/** What every Vault of the port does; run on the real one and on the stand-in. Roles and mount: test/env/vault.ts. */
export function vaultContract(title: string, start: () => Promise<VaultUnderTest>): void {
  describe(`Vault: ${title}`, () => {
    let started: Promise<VaultUnderTest> | null = null
    const under = () => {
      started ??= start()
      return started
    }

    async function sign(
      change: Partial<SignRequest>,
      names = ['app.example.com'],
      key: 'ec' | 'rsa' = 'ec',
    ): Promise<SignedCertificate> {
      const { vault, name } = await under()
      const csr = change.csr ?? (await csrFor(names, key)).csr
      const request = {
        vault: name,
        mount: 'pki_int',
        role: 'web',
        commonName: names[0] ?? '',
        dnsNames: names,
        ttlSeconds: 86_400,
        ...change,
        csr,
      }
      return vault.sign(request, new AbortController().signal)
    }

    const refusal = async (promise: Promise<unknown>): Promise<VaultError> => {
      const error = await promise.then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(VaultError)
      return error as VaultError
    }

    it('signs the key of the request for exactly its names', async () => {
      const names = ['app.example.com', 'www.example.com', '*.shop.example.org']
      const { csr, publicKey } = await csrFor(names)
      const { certificate } = await sign({ csr, dnsNames: names }, names)
      const leaf = new X509Certificate(certificate)
      expect(leaf.publicKey.equals(publicKey)).toBe(true)
      expect(leaf.subject).toBe('CN=app.example.com')
      expect(leaf.subjectAltName?.split(', ').sort()).toEqual(names.map((name) => `DNS:${name}`).sort())
    })

    it('gives the chain from the issuing CA up, without the root, and the root vouches for it', async () => {
      const { certificate, chain, issuingCa } = await sign({})
      expect(chain).toEqual([issuingCa])
      const root = new X509Certificate((await under()).caPem)
      const issuing = new X509Certificate(issuingCa)
      expect(new X509Certificate(certificate).verify(issuing.publicKey)).toBe(true)
      expect(issuing.verify(root.publicKey)).toBe(true)
      expect(issuing.subject).not.toBe(issuing.issuer)
    })

    it('ends PEM texts with one newline and names the serial as the certificate does', async () => {
      const { certificate, chain, serial, requestId } = await sign({})
      for (const text of [certificate, ...chain])
        expect(text).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]*\n-----END CERTIFICATE-----\n$/)
      expect(serial).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/)
      expect(serial.replaceAll(':', '').replace(/^0+/, '')).toBe(
        new X509Certificate(certificate).serialNumber.toLowerCase().replace(/^0+/, ''),
      )
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
    })

    it('lets a certificate live as long as asked, from a little before now', async () => {
      const leaf = new X509Certificate((await sign({ ttlSeconds: 7200 })).certificate)
      const now = (await under()).now()
      expect(now - leaf.validFromDate.getTime()).toBeGreaterThanOrEqual(29_000)
      expect(Math.abs(leaf.validToDate.getTime() - now - 7_200_000)).toBeLessThan(30_000)
    })

    it('caps the life at what the role allows, with a warning', async () => {
      const { certificate, warnings } = await sign({ role: 'web-short', ttlSeconds: 7200 })
      const leaf = new X509Certificate(certificate)
      expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBeLessThanOrEqual(3_632_000)
      expect(warnings.join()).toMatch(/longer than permitted maxTTL/)
    })

    it('gives another serial each time', async () => {
      const { csr } = await csrFor(['app.example.com'])
      const both = [await sign({ csr }), await sign({ csr })]
      expect(new Set(both.map(({ serial }) => serial)).size).toBe(2)
    })

    it('signs RSA keys', async () => {
      const leaf = new X509Certificate((await sign({ role: 'web-rsa' }, ['rsa.example.com'], 'rsa')).certificate)
      expect(leaf.publicKey.asymmetricKeyType).toBe('rsa')
    })

    it("refuses a common name outside the role's domains, in Vault's words", async () => {
      const error = await refusal(sign({}, ['app.elsewhere.test']))
      expect(error).toMatchObject({ code: 'role-refused', kind: 'refused', status: 400 })
      expect(error.vaultMessage).toContain('common name app.elsewhere.test not allowed by this role')
      expect(error.message).toContain('pki_int/sign/web')
    })

    it('refuses a further name outside them', async () => {
      const error = await refusal(sign({}, ['app.example.com', 'app.elsewhere.test']))
      expect(error).toMatchObject({ code: 'role-refused', kind: 'refused', status: 400 })
      expect(error.vaultMessage).toContain('subject alternate name app.elsewhere.test not allowed by this role')
    })

    it('refuses a key of a kind the role does not take', async () => {
      const error = await refusal(sign({ role: 'web-rsa' }))
      expect(error).toMatchObject({ code: 'role-refused', kind: 'refused', status: 400 })
      expect(error.vaultMessage).toContain('role requires keys of type rsa')
    })

    it('refuses what is no request', async () => {
      const error = await refusal(sign({ csr: 'nonsense' }))
      expect(error).toMatchObject({ code: 'role-refused', kind: 'refused', status: 400 })
    })

    it('refuses a role that does not exist, and says so', async () => {
      const error = await refusal(sign({ role: 'nobody' }))
      expect(error).toMatchObject({ code: 'unknown-role', kind: 'refused' })
      expect(error.vaultMessage).toContain('unknown role: nobody')
    })

    it('stops when it is told to', async () => {
      const { vault, name } = await under()
      const { csr } = await csrFor(['app.example.com'])
      const request = {
        vault: name,
        mount: 'pki_int',
        role: 'web',
        csr,
        commonName: 'app.example.com',
        dnsNames: ['app.example.com'],
        ttlSeconds: 3600,
      }
      const error = await refusal(vault.sign(request, AbortSignal.abort(new Error('enough'))))
      expect(error).toMatchObject({ code: 'aborted', kind: 'transient', status: null })
    })
  })
}
