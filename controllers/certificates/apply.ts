import type { Acm } from '../aws/acm.ts'
import { isInUse, isNotFound } from '../aws/errors.ts'
import type { CallOptions } from '../aws/operation.ts'
import { isNotFound as isNoSecret } from '../cluster/errors.ts'
import { type Kubernetes, SECRETS } from '../cluster/kubernetes.ts'
import type { Change, ShapeValue } from '../shared/change.ts'
import { ChangeFailed } from '../shared/failure.ts'
import type { Secret } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { CertificateProfile } from '../shared/settings.ts'
import type { Vault } from '../vault/vault.ts'
import type { CertificatesCache } from './cache.ts'
import { signingRequest } from './csr.ts'
import { isBegun } from './doubt.ts'
import { CERTIFICATE, keyTypeOf, SECRET, slotIn } from './names.ts'
import { findBySlot, readCertificate } from './observe.ts'
import * as secrets from './secrets.ts'
import { readIssued } from './x509.ts'

export type ApplyPorts = {
  readonly acm: Acm
  readonly vault: Vault
  readonly kubernetes: Kubernetes
  readonly now: () => number
  readonly newKey: (keyType: CertificateProfile['keyType']) => Promise<string>
}

type Patch = { readonly annotations: object; readonly data?: object }
const strings = (value: ShapeValue): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

/** One change of a certificate -> calls to Kubernetes, Vault and ACM. Each step is kept before the next begins. */
export class Applier {
  readonly #ports: ApplyPorts
  readonly #cache: CertificatesCache
  readonly #context: PlanContext
  readonly #options: CallOptions

  constructor(ports: ApplyPorts, cache: CertificatesCache, context: PlanContext, options: CallOptions) {
    this.#ports = ports
    this.#cache = cache
    this.#context = context
    this.#options = options
  }

  async apply(item: Change): Promise<void> {
    if (item.type === SECRET) {
      if (item.action === 'delete') return this.#deleteSecret(item)
      if (item.after?.State === 'key') return this.#keepKey(item)
      const hosts = item.after?.Hosts
      await this.#patch(
        this.#secretNamed(item),
        hosts === undefined ? secrets.discardPatch() : secrets.hostsPatch(strings(hosts)),
      )
      return
    }
    if (item.type !== CERTIFICATE) return this.#sign(item)
    return item.action === 'delete' ? this.#deleteCertificate(item) : this.#import(item)
  }

  async #keepKey(item: Change): Promise<void> {
    const { clusterId, ownNamespace } = this.#context.settings
    const keyType = keyTypeOf(String(item.after?.KeyAlgorithm)) as CertificateProfile['keyType']
    const request = {
      slot: String(item.after?.Slot),
      object: item.object,
      keyType,
      hosts: strings(item.after?.Hosts),
      profile: String(item.after?.Profile),
      key: await this.#ports.newKey(keyType),
    }
    if (item.action === 'update') {
      const secret = this.#secretNamed(item)
      await this.#patch(secret, secrets.keyPatch(request, isBegun(secrets.storedFrom(secret))))
      return
    }
    const body = secrets.secretWithKey(ownNamespace, nameOf(item), clusterId, request)
    this.#cache.wrote((await this.#ports.kubernetes.create(SECRETS, body, this.#options.signal)) as Secret)
  }

  async #sign(item: Change): Promise<void> {
    const secret = this.#secretOf(item, item.target)
    const { after } = item
    const commonName = String(after?.CommonName)
    const dnsNames = strings(after?.SubjectAlternativeNames)
    const key = secrets.textOf(secret, 'next.key')
    const signed = await this.#ports.vault.sign(
      {
        vault: item.account,
        mount: String(after?.Mount),
        role: String(after?.Role),
        csr: signingRequest(key, commonName, dnsNames),
        commonName,
        dnsNames,
        ttlSeconds: Number(after?.TTL),
      },
      this.#options.signal,
    )
    const issued = readIssued(signed.certificate, key)
    const lacking = dnsNames.filter((name) => issued?.hosts.includes(name) !== true)
    const wrong =
      issued === null || !issued.keyMatches
        ? 'it is not for the key that was sent'
        : lacking.length > 0
          ? `it does not name ${lacking.join(', ')}`
          : // Not even a third of its life is left: it would be due again at once, and for ever.
            issued.notAfter - this.#ports.now() <= (issued.notAfter - issued.notBefore) / 3
            ? `it expires at ${new Date(issued.notAfter).toISOString()} already`
            : null
    if (wrong !== null)
      throw new ChangeFailed({
        code: 'VaultAnswerWrong',
        kind: 'refused',
        message: `Vault ${item.account} signed certificate ${signed.serial}, which is not used: ${wrong}`,
        changes: [item.id],
      })
    const request = { hosts: dnsNames, profile: `${item.account}/${String(after?.Mount)}/${String(after?.Role)}` }
    const begun = isBegun(secrets.storedFrom(secret))
    await this.#patch(secret, secrets.issuedPatch(signed.certificate, signed.chain.join(''), request, begun))
  }

  async #import(item: Change): Promise<void> {
    const slot = slotIn(item.id)
    let secret = this.#secretOf(item, slot)
    const stored = secrets.storedFrom(secret)
    const serial = String(item.after?.SerialNumber)
    const promotes = stored?.next?.issued?.serial === serial
    if (!promotes && stored?.current?.serial !== serial) throw this.#stale(item, `no Secret holds certificate ${serial}`)
    let arn = item.action === 'update' ? item.target : null
    if (arn === null) {
      if (isBegun(stored)) arn = await this.#begun(slot, strings(item.after?.SubjectAlternativeNames), serial)
      else secret = await this.#patch(secret, secrets.importingPatch())
    }
    if (arn === null || (await this.#serialIn(arn, slot)) !== serial) {
      const prefix = promotes ? 'next.' : ''
      const answer = await this.#ports.acm.importCertificate(
        {
          ...(arn === null ? { Tags: tagsIn(item.after?.Tags) } : { CertificateArn: arn }),
          Certificate: Buffer.from(secrets.textOf(secret, promotes ? 'next.crt' : 'tls.crt')),
          PrivateKey: Buffer.from(secrets.textOf(secret, promotes ? 'next.key' : 'tls.key')),
          CertificateChain: Buffer.from(secrets.textOf(secret, `${prefix}chain`)),
        },
        { ...this.#options, urgency: (promotes ? stored?.current?.notAfter : undefined) ?? 0 },
      )
      arn = answer.CertificateArn ?? arn ?? ''
      this.#cache.putAcm({ arn, slot, serial, unused: false })
    }
    await this.#patch(secret, secrets.importedPatch(secret, arn, serial, promotes))
  }

  /** What an import that was begun, and of which nobody knows how it ended, has made. */
  async #begun(slot: string, names: readonly string[], serial: string): Promise<string | null> {
    const { clusterId } = this.#context.settings
    const found = await findBySlot(this.#ports.acm, { clusterId, slot, names }, this.#options)
    for (const arn of found) {
      const seen = await readCertificate(this.#ports.acm, arn, slot, false, this.#options)
      this.#cache.putAcm(seen)
      if (seen.serial === serial) return arn
    }
    return found[0] ?? null
  }

  /** From memory where somebody looked, so that a re-import is one call. */
  async #serialIn(arn: string, slot: string): Promise<string | null> {
    const known = this.#cache.acm(arn)
    if (known !== undefined) return known.serial
    const seen = await readCertificate(this.#ports.acm, arn, slot, false, this.#options)
    this.#cache.putAcm(seen)
    return seen.serial
  }

  async #deleteCertificate(item: Change): Promise<void> {
    const slot = this.#cache.acm(item.target)?.slot ?? ''
    try {
      await this.#ports.acm.deleteCertificate({ CertificateArn: item.target }, this.#options)
    } catch (error) {
      if (isInUse(error))
        this.#cache.putAcm({ arn: item.target, slot, serial: String(item.before?.SerialNumber ?? ''), unused: false })
      if (!isNotFound(error)) throw error
    }
    this.#cache.putAcm({ arn: item.target, slot, serial: null, unused: true })
  }

  async #deleteSecret(item: Change): Promise<void> {
    const secret = this.#secretNamed(item)
    const { name, uid, resourceVersion } = secret.metadata
    const stored = secrets.storedFrom(secret)
    if (stored !== null && isBegun(stored)) {
      const names = [...stored.hosts, ...(stored.next?.hosts ?? []), ...(stored.current?.hosts ?? [])]
      const found = await this.#begun(stored.slot, names, stored.next?.issued?.serial ?? stored.current?.serial ?? '')
      if (found !== null) throw this.#stale(item, `the import that was begun has made ${found}, which goes first`)
    }
    try {
      const { ownNamespace } = this.#context.settings
      await this.#ports.kubernetes.delete(
        SECRETS,
        { namespace: ownNamespace, name },
        { uid, resourceVersion },
        this.#options.signal,
      )
    } catch (error) {
      if (!isNoSecret(error)) throw error
    }
    this.#cache.removed(name, uid)
  }

  async #patch(secret: Secret, { annotations, data }: Patch): Promise<Secret> {
    const { name, resourceVersion } = secret.metadata
    const body = { metadata: { resourceVersion, annotations }, ...(data === undefined ? {} : { data }) }
    const { ownNamespace } = this.#context.settings
    const { kubernetes } = this.#ports
    const answer = (await kubernetes.patch(
      SECRETS,
      { namespace: ownNamespace, name },
      body,
      { kind: 'merge' },
      this.#options.signal,
    )) as Secret
    this.#cache.wrote(answer)
    return answer
  }

  #secretNamed(item: Change): Secret {
    const secret = this.#cache.secret(this.#context, nameOf(item))
    if (secret === null) throw this.#stale(item, `there is no Secret ${item.target}`)
    return secret
  }

  #secretOf(item: Change, slot: string): Secret {
    const secret = this.#cache.secrets(this.#context).find((one) => secrets.storedFrom(one)?.slot === slot)
    if (secret === undefined) throw this.#stale(item, `no Secret is of slot ${slot}`)
    return secret
  }

  #stale(item: Change, message: string): ChangeFailed {
    return new ChangeFailed({ code: 'SecretChanged', kind: 'stale', message, changes: [item.id] })
  }
}

/** The name of the Secret a change is of: `target` is `namespace/name`. */
export function nameOf(item: Change): string {
  return item.target.slice(item.target.indexOf('/') + 1)
}

function tagsIn(value: ShapeValue): { Key: string; Value: string }[] {
  const list = (Array.isArray(value) ? value : []) as readonly { readonly Key: unknown; readonly Value: unknown }[]
  return list.map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) }))
}
