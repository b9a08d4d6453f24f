import { isOlder } from '../runtime/resource-version.ts'
import { slotUnit, TAG_SLOT } from '../shared/names.ts'
import type { Secret } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import { unitKey } from '../shared/unit.ts'
import { withAcm } from './advance.ts'
import { type AcmCertificate, type CertificatesObserved, nothingObserved } from './observed.ts'
import { storedFrom } from './secrets.ts'

type Written = { readonly secret: Secret; seen: boolean }
const REMEMBERED = 1_000

/** Secrets as Kubernetes tells them, with our own writes that its watch has not told of yet; and what ACM was seen to hold. */
export class CertificatesCache {
  readonly #written = new Map<string, Written>()
  readonly #removed = new Set<string>()
  readonly #staleSecrets = new Set<string>()
  readonly #acm = new Map<string, AcmCertificate>()
  /** ARNs that are in ACM no more, and never again; the tag index goes on telling of them for a while. */
  readonly #gone = new Set<string>()
  /** ARNs that the tag index told of and that nobody looked at yet, with their slots. */
  readonly #listed = new Map<string, string>()

  observed(context: PlanContext): CertificatesObserved {
    const unit = unitKey(context.unit)
    const stored = this.secrets(context).flatMap((secret) => storedFrom(secret) ?? [])
    const arns = new Set(stored.map((item) => item.arn))
    this.#forgetGone(unit, arns)
    const acm = [...this.#acm.values()].filter((item) => slotUnit(item.slot) === unit || arns.has(item.arn))
    return { ...nothingObserved, stored, acm }
  }

  /** What is gone matters only to a Secret that names it. */
  #forgetGone(unit: string, named: ReadonlySet<string | null>): void {
    for (const { arn, slot, serial } of this.#acm.values()) {
      if (serial !== null || named.has(arn) || (slot !== '' && slotUnit(slot) !== unit)) continue
      this.#acm.delete(arn)
      this.#gone.add(arn)
      if (this.#gone.size > REMEMBERED) this.#gone.delete(this.#gone.values().next().value ?? '')
    }
  }

  secrets(context: PlanContext): readonly Secret[] {
    const found = new Map<string, Secret>()
    for (const secret of context.view.secrets) {
      const { name, uid, resourceVersion } = secret.metadata
      if (this.#removed.has(uid)) continue
      const written = this.#written.get(name)
      if (written !== undefined && isOlder(resourceVersion, written.secret.metadata.resourceVersion)) {
        written.seen = true
        found.set(name, written.secret)
      } else {
        this.#written.delete(name)
        found.set(name, secret)
      }
    }
    const unit = unitKey(context.unit)
    for (const [name, written] of this.#written) {
      if (found.has(name) || slotUnit(written.secret.metadata.annotations?.[TAG_SLOT] ?? '') !== unit) continue
      // It was told of and is no more: somebody else removed it.
      if (written.seen) this.#written.delete(name)
      else found.set(name, written.secret)
    }
    return [...found.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  secret(context: PlanContext, name: string): Secret | null {
    return this.secrets(context).find((secret) => secret.metadata.name === name) ?? null
  }

  wrote(secret: Secret): void {
    this.#written.set(secret.metadata.name, { secret, seen: false })
  }

  removed(name: string, uid: string): void {
    this.#written.delete(name)
    this.#removed.add(uid)
    if (this.#removed.size > REMEMBERED) this.#removed.delete(this.#removed.values().next().value ?? '')
  }

  markSecretStale(name: string): void {
    this.#staleSecrets.add(name)
  }

  staleSecrets(): readonly string[] {
    return [...this.#staleSecrets]
  }

  readSecret(name: string): void {
    this.#staleSecrets.delete(name)
  }

  acm(arn: string): AcmCertificate | undefined {
    return this.#acm.get(arn)
  }

  putAcm(item: AcmCertificate): void {
    this.#acm.set(item.arn, withAcm({ stored: [], acm: [this.#acm.get(item.arn) ?? item] }, item).acm[0] ?? item)
    this.#listed.delete(item.arn)
  }

  /** Looked at again at the next chance. */
  dropAcm(arn: string): void {
    const known = this.#acm.get(arn)
    if (known !== undefined) this.#listed.set(arn, known.slot)
    this.#acm.delete(arn)
  }

  list(arn: string, slot: string): void {
    if (!this.#acm.has(arn) && !this.#gone.has(arn)) this.#listed.set(arn, slot)
  }

  /** What is to be looked at for a unit: everything it has, or only what nobody looked at yet. */
  arnsToRead(context: PlanContext, all: boolean): ReadonlyMap<string, string> {
    const { stored, acm } = this.observed(context)
    const unit = unitKey(context.unit)
    const arns = new Map<string, string>()
    for (const item of stored) if (item.arn !== null && (all || !this.#acm.has(item.arn))) arns.set(item.arn, item.slot)
    for (const [arn, slot] of this.#listed) if (slotUnit(slot) === unit) arns.set(arn, slot)
    if (all) for (const item of acm) if (item.serial !== null) arns.set(item.arn, item.slot)
    return arns
  }

  forget(unit: string): void {
    for (const [arn, item] of this.#acm) if (slotUnit(item.slot) === unit) this.#acm.delete(arn)
    for (const [arn, slot] of this.#listed) if (slotUnit(slot) === unit) this.#listed.delete(arn)
    for (const [name, { secret }] of this.#written)
      if (slotUnit(secret.metadata.annotations?.[TAG_SLOT] ?? '') === unit) this.#written.delete(name)
  }

  /** Another process may have written since: what it did is in ACM and in the watch, and nowhere here. What is gone stays gone. */
  reset(): void {
    for (const { arn, serial } of [...this.#acm.values()]) if (serial !== null) this.dropAcm(arn)
    this.#written.clear()
  }
}
