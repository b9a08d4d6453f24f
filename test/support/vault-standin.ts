import 'reflect-metadata'
import { createHash } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../../controllers/runtime/clock.ts'
import { signedCertificate, signPath } from '../../controllers/vault/sign.ts'
import type { SignedCertificate, SignRequest, Vault } from '../../controllers/vault/vault.ts'
import { VaultError } from '../../controllers/vault/vault-error.ts'
import { type AuthorityKeys, authority } from './vault-authority.ts'

/** A PKI role, with Vault's defaults where the environment's roles set nothing else. */
export type StandInRole = {
  readonly allowedDomains: readonly string[]
  readonly keyType?: 'any' | 'rsa' | 'ec'
  readonly maxTtlSeconds?: number
  readonly allowWildcards?: boolean
}

export type StandInSigned = {
  readonly role: string
  readonly names: readonly string[]
  readonly serial: string
  readonly at: number
}

export type VaultStandIn = Vault & {
  /** PEM of the root: what a client has to trust. */
  readonly caPem: string
  /** Every certificate signed so far. */
  signed(): readonly StandInSigned[]
  /** The next `count` requests (default: all until `null`) fail like this. */
  fail(
    how: Pick<ConstructorParameters<typeof VaultError>[0], 'code' | 'status' | 'vaultMessage' | 'retryAfterSeconds'> | null,
    count?: number,
  ): void
  /** Adds, changes or (null) removes a role. */
  role(mount: string, name: string, role: StandInRole | null): void
}

export type StandInOptions = {
  readonly clock: Clock
  /** Mount, then role. Default: those of the real environment, in `pki_int`. */
  readonly mounts?: Readonly<Record<string, Readonly<Record<string, StandInRole>>>>
  /** Of the authorities. */
  readonly keys?: AuthorityKeys
}

const day = 86_400
const domains = { allowedDomains: ['example.com', 'example.org', 'example.net'], maxTtlSeconds: 30 * day }

/** The roles that test/env gives the real Vault. */
export const standInRoles: Readonly<Record<string, StandInRole>> = {
  web: domains,
  'web-rsa': { ...domains, keyType: 'rsa' },
  'web-ec': { ...domains, keyType: 'ec' },
  'web-short': { ...domains, maxTtlSeconds: 3600 },
}

/** Vault's PKI in this process, on any clock: real certificates, the real one's refusals. */
export async function vaultStandIn(options: StandInOptions): Promise<VaultStandIn> {
  const { clock, mounts = { pki_int: standInRoles }, keys = 'ec' } = options
  const { root, issuing, issuingKey, signing } = await authority(keys)
  const roles = new Map(
    Object.entries(mounts).map(([mount, named]): [string, Map<string, StandInRole>] => [mount, new Map(Object.entries(named))]),
  )
  const signed: StandInSigned[] = []
  let failure: { readonly how: Parameters<VaultStandIn['fail']>[0]; left: number } = { how: null, left: 0 }

  async function sign(request: SignRequest, signal: AbortSignal): Promise<SignedCertificate> {
    const refuse = (
      code: VaultError['code'],
      status: number | null,
      vaultMessage: string | null,
      retryAfterSeconds: number | null = null,
    ) => new VaultError({ vault: request.vault, path: signPath(request), code, status, vaultMessage, retryAfterSeconds })
    if (signal.aborted) throw refuse('aborted', null, null)
    const { how } = failure
    if (how !== null && failure.left > 0) {
      failure.left -= 1
      throw refuse(how.code, how.status ?? null, how.vaultMessage ?? null, how.retryAfterSeconds ?? null)
    }
    const mount = roles.get(request.mount)
    const missing = `no handler for route "${signPath(request)}". route entry not found.`
    if (mount === undefined) throw refuse('unknown-mount', 404, missing)
    const role = mount.get(request.role)
    if (role === undefined) throw refuse('unknown-role', 400, `unknown role: ${request.role}`)

    const csr = await readCsr(request.csr)
    if (typeof csr === 'string') throw refuse('role-refused', 400, csr)
    const names = namesOf(csr, request)
    const denied = deniedBy(role, csr, names)
    if (denied !== null) throw refuse('role-refused', 400, denied)

    const longest = role.maxTtlSeconds ?? 32 * day
    const warnings =
      request.ttlSeconds > longest
        ? [
            `TTL "${goDuration(request.ttlSeconds)}" is longer than permitted maxTTL "${goDuration(longest)}", so maxTTL is being used`,
          ]
        : []
    const serial = serialNumber(signed.length)
    const now = clock.now()
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: names.commonName === '' ? '' : new x509.Name([{ CN: [names.commonName] }]).toString(),
      issuer: issuing.subject,
      // Vault backdates by 30 s, for clocks that are behind; certificates count whole seconds.
      notBefore: new Date(Math.floor(now / 1000) * 1000 - 30_000),
      notAfter: new Date(Math.floor(now / 1000) * 1000 + Math.min(request.ttlSeconds, longest) * 1000),
      publicKey: csr.publicKey,
      signingKey: issuingKey,
      signingAlgorithm: signing,
      extensions: [
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyAgreement,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names.dns.map((value) => ({ type: 'dns', value }))),
        await x509.SubjectKeyIdentifierExtension.create(csr.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(issuing.publicKey),
      ],
    })
    signed.push({ role: request.role, names: names.dns, serial, at: now })
    const answer = signedCertificate({
      request_id: `00000000-0000-0000-0000-${String(signed.length).padStart(12, '0')}`,
      warnings,
      data: {
        certificate: leaf.toString('pem').trim(),
        issuing_ca: issuing.toString('pem').trim(),
        ca_chain: [issuing, root].map((one) => one.toString('pem').trim()),
        serial_number: serial,
      },
    })
    if (answer === null) throw new Error('the stand-in answered what the client cannot read')
    return answer
  }

  return {
    sign,
    caPem: `${root.toString('pem').trim()}\n`,
    signed: () => signed,
    fail: (how, count = Number.POSITIVE_INFINITY) => {
      failure = { how, left: count }
    },
    role(mount, name, role) {
      const named = roles.get(mount) ?? new Map<string, StandInRole>()
      roles.set(mount, named)
      if (role === null) named.delete(name)
      else named.set(name, role)
    },
  }
}

async function readCsr(text: string): Promise<x509.Pkcs10CertificateRequest | string> {
  if (!text.includes('-----BEGIN')) return 'csr contains no data'
  try {
    const csr = new x509.Pkcs10CertificateRequest(text)
    return (await csr.verify()) ? csr : 'request signature invalid'
  } catch (error) {
    return `certificate request could not be parsed: ${error instanceof Error ? error.message : String(error)}`
  }
}

type Names = { readonly commonName: string; readonly dns: readonly string[] }

/** The names are the request's, as with Vault's defaults use_csr_common_name and use_csr_sans; common_name only helps out. */
function namesOf(csr: x509.Pkcs10CertificateRequest, request: SignRequest): Names {
  const commonName = csr.subjectName.getField('CN')[0] ?? request.commonName
  const sans = csr.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension)
  const dns = sans?.names.items.filter(({ type }) => type === 'dns').map(({ value }) => value) ?? []
  return { commonName, dns: [...new Set([...dns, ...(commonName === '' ? [] : [commonName])])].sort() }
}

function deniedBy(role: StandInRole, csr: x509.Pkcs10CertificateRequest, { commonName, dns }: Names): string | null {
  const wanted = role.keyType ?? 'any'
  const kind = csr.publicKey.algorithm.name === 'ECDSA' ? 'ec' : 'rsa'
  if (wanted !== 'any' && wanted !== kind) return `role requires keys of type ${wanted}`
  if (commonName !== '' && !allowed(role, commonName)) return `common name ${commonName} not allowed by this role`
  const bad = dns.find((name) => !allowed(role, name))
  return bad === undefined ? null : `subject alternate name ${bad} not allowed by this role`
}

/** allow_bare_domains, allow_subdomains and (unless said otherwise) allow_wildcard_certificates. */
function allowed({ allowedDomains, allowWildcards = true }: StandInRole, name: string): boolean {
  const wildcard = name.startsWith('*.')
  if (wildcard && !allowWildcards) return false
  const host = wildcard ? name.slice(2) : name
  if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(host)) return false
  const lower = host.toLowerCase()
  return allowedDomains.some((domain) => lower === domain || lower.endsWith(`.${domain}`))
}

/** 20 bytes like Vault's, but the same in each run. */
function serialNumber(index: number): string {
  const bytes = createHash('sha256').update(`vault stand-in ${index}`).digest().subarray(0, 20)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const goDuration = (seconds: number): string =>
  `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`
