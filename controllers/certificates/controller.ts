import type { Aws } from '../aws/aws.ts'
import type { CallOptions } from '../aws/operation.ts'
import { isNotFound as isNoSecret } from '../cluster/errors.ts'
import { type Kubernetes, SECRETS } from '../cluster/kubernetes.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Effects, RefreshScope } from '../runtime/effects.ts'
import type { Change } from '../shared/change.ts'
import type { ChangeFailed } from '../shared/failure.ts'
import { slotUnit, TAG_CLUSTER, TAG_SLOT, tagValue } from '../shared/names.ts'
import type { Secret } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { CertificateProfile, Settings } from '../shared/settings.ts'
import type { Vault } from '../vault/vault.ts'
import { Applier, type ApplyPorts, nameOf } from './apply.ts'
import { failureOf } from './apply-failures.ts'
import { CertificatesCache } from './cache.ts'
import { newKey } from './csr.ts'
import type { CertificateIntent } from './intent.ts'
import { CERTIFICATE, SECRET, secretNameOf, slotIn } from './names.ts'
import { readCertificate } from './observe.ts'
import type { CertificatesObserved } from './observed.ts'

export type CertificatesEffectsOptions = {
  readonly aws: Aws
  readonly vault: Vault
  readonly kubernetes: Kubernetes
  readonly clock: Clock
  readonly settings: Settings
  /** Makes private keys, PEM. */
  readonly randomKeys?: (keyType: CertificateProfile['keyType']) => Promise<string>
}

export function certificatesEffects(
  options: CertificatesEffectsOptions,
): Effects<CertificateIntent, CertificatesObserved> & { reset(): void } {
  return new CertificatesEffects(options)
}

class CertificatesEffects implements Effects<CertificateIntent, CertificatesObserved> {
  readonly name = 'certificates'
  readonly #options: CertificatesEffectsOptions
  readonly #cache = new CertificatesCache()

  constructor(options: CertificatesEffectsOptions) {
    this.#options = options
  }

  #where() {
    const { account, region } = this.#options.settings
    return { account, region }
  }

  observed(context: PlanContext): CertificatesObserved {
    return this.#cache.observed(context)
  }

  async refresh(context: PlanContext, _intent: CertificateIntent, scope: RefreshScope, signal: AbortSignal): Promise<void> {
    if (scope.kind === 'waits') {
      const arns = scope.waits.filter((wait) => wait.kind === 'certificate-unused').map((wait) => wait.of)
      return this.#read(new Map(arns.map((arn) => [arn, this.#cache.acm(arn)?.slot ?? ''])), true, { signal, priority: 'wait' })
    }
    const sweeping = scope.kind === 'sweep'
    await this.#readStaleSecrets(context, signal)
    await this.#read(this.#cache.arnsToRead(context, sweeping), false, { signal, priority: sweeping ? 'sweep' : 'change' })
  }

  async #read(arns: ReadonlyMap<string, string>, asksForUse: boolean, options: CallOptions): Promise<void> {
    const acm = this.#options.aws.acm(this.#where())
    await Promise.all(
      [...arns].map(async ([arn, slot]) => this.#cache.putAcm(await readCertificate(acm, arn, slot, asksForUse, options))),
    )
  }

  async #readStaleSecrets(context: PlanContext, signal: AbortSignal): Promise<void> {
    const { kubernetes, settings } = this.#options
    for (const name of this.#cache.staleSecrets()) {
      try {
        this.#cache.wrote((await kubernetes.get(SECRETS, { namespace: settings.ownNamespace, name }, signal)) as Secret)
      } catch (error) {
        if (!isNoSecret(error)) throw error
        const known = this.#cache.secret(context, name)
        if (known !== null) this.#cache.removed(name, known.metadata.uid)
      }
      this.#cache.readSecret(name)
    }
  }

  async apply(context: PlanContext, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const { aws, vault, kubernetes, clock, randomKeys } = this.#options
    const ports: ApplyPorts = {
      acm: aws.acm(this.#where()),
      vault,
      kubernetes,
      now: () => clock.now(),
      newKey: randomKeys ?? newKey,
    }
    const applier = new Applier(ports, this.#cache, context, { signal, priority: 'change' })
    for (const item of changes) {
      try {
        await applier.apply(item)
      } catch (error) {
        const failure = failureOf(error, item)
        this.#markStale(context, item, failure)
        throw failure
      }
    }
  }

  #markStale(context: PlanContext, item: Change, failure: ChangeFailed): void {
    if (failure.kind !== 'stale' && !failure.doubtful) return
    const { clusterId } = context.settings
    const slot = item.type === SECRET ? '' : slotIn(item.id)
    this.#cache.markSecretStale(item.type === SECRET ? nameOf(item) : secretNameOf(clusterId, slot))
    if (item.type === CERTIFICATE && item.target.startsWith('arn:')) this.#cache.dropAcm(item.target)
  }

  /** Units of certificates that only ACM's tags still tell of. The tag index lags, so what it lists is looked at before anything is done. */
  async inventory(signal: AbortSignal): Promise<readonly string[]> {
    const { aws, settings } = this.#options
    const units = new Set<string>()
    for (let token: string | undefined; ; ) {
      const page: {
        readonly PaginationToken?: string | undefined
        readonly ResourceTagMappingList?: readonly Tagged[] | undefined
      } = await aws.tagging(this.#where()).getResources(
        {
          ResourceTypeFilters: ['acm:certificate'],
          TagFilters: [{ Key: TAG_CLUSTER, Values: [tagValue(settings.clusterId)] }],
          ...(token === undefined ? {} : { PaginationToken: token }),
        },
        { signal, priority: 'sweep' },
      )
      for (const { ResourceARN, Tags = [] } of page.ResourceTagMappingList ?? []) {
        const slot = Tags.find((tag) => tag.Key === TAG_SLOT)?.Value ?? ''
        const unit = slotUnit(slot)
        if (ResourceARN === undefined || unit === null) continue
        this.#cache.list(ResourceARN, slot)
        units.add(unit)
      }
      token = page.PaginationToken === '' ? undefined : page.PaginationToken
      if (token === undefined) return [...units]
    }
  }

  /** Called when a new term of ours begins. */
  reset(): void {
    this.#cache.reset()
  }

  forget(unitKey: string): void {
    this.#cache.forget(unitKey)
  }
}

type Tagged = {
  readonly ResourceARN?: string | undefined
  readonly Tags?: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined
}
