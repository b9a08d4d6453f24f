import type { ObjectRef } from './change.ts'
import { isOurClass } from './members.ts'
import type { ClusterView, Namespace, Neighbourhood } from './objects.ts'
import { objectKey } from './objects.ts'
import type { TenancySettings } from './settings.ts'
import { claimsOf, ownersAmong } from './tenancy-claims.ts'
import { type Grant, grantOf, QUOTA_ANNOTATIONS, type QuotaKind } from './tenancy-grant.ts'
import { type Excess, excessOf } from './tenancy-quotas.ts'

/** What follows from a neighbourhood: worked out once for each, since it stays the same value while nothing in it changes. */
export type Standing = {
  /** Null: the Namespace was not seen yet. It may have a list, so nothing new is made for its objects until it was. */
  grantFor(namespace: string): Grant | null
  /** Null: the object is not in it. */
  owns(key: string, host: string): boolean | null
  /** What of a namespace is beyond its quota, by id as `excessOf` says. */
  excess(kind: QuotaKind, namespace: string): ReadonlyMap<string, Excess>
}

const standings = new WeakMap<Neighbourhood, WeakMap<TenancySettings, Standing>>()

export function standingIn(neighbourhood: Neighbourhood, settings: TenancySettings): Standing {
  const known = standings.get(neighbourhood)?.get(settings)
  if (known !== undefined) return known
  const made = workOut(neighbourhood, settings)
  const bySettings = standings.get(neighbourhood) ?? new WeakMap<TenancySettings, Standing>()
  standings.set(neighbourhood, bySettings.set(settings, made))
  return made
}

function workOut({ ingresses, namespaces, unseen, certified }: Neighbourhood, settings: TenancySettings): Standing {
  const claims = claimsOf(ingresses)
  const keys = new Set(claims.map((claim) => claim.key))
  const found = new Map(namespaces.map((item) => [item.metadata.name, item]))
  const grants = new Map<string, Grant | null>()
  const grantFor = (namespace: string): Grant | null => {
    const known = grants.get(namespace)
    if (known !== undefined) return known
    const grant = unseen.includes(namespace) ? null : grantFrom(settings, namespace, found.get(namespace) ?? null)
    grants.set(namespace, grant)
    return grant
  }
  let owners: ReturnType<typeof ownersAmong> | null = null
  const excesses = new Map<string, ReadonlyMap<string, Excess>>()
  return {
    grantFor,
    owns(key, host) {
      if (!keys.has(key)) return null
      owners ??= ownersAmong(claims, settings, grantFor)
      return owners(key, host)
    },
    excess(kind, namespace) {
      const known = excesses.get(`${kind} ${namespace}`)
      if (known !== undefined) return known
      const grant = grantFor(namespace)
      const made =
        grant === null ? new Map<string, Excess>() : excessOf(kind, namespace, grant, claims, settings, new Set(certified))
      excesses.set(`${kind} ${namespace}`, made)
      return made
    },
  }
}

const granted = new WeakMap<Namespace, WeakMap<TenancySettings, Grant>>()

function grantFrom(settings: TenancySettings, name: string, namespace: Namespace | null): Grant {
  if (namespace === null) return grantOf(settings, name, null)
  const bySettings = granted.get(namespace) ?? new WeakMap<TenancySettings, Grant>()
  granted.set(namespace, bySettings)
  const known = bySettings.get(settings)
  if (known !== undefined) return known
  const made = grantOf(settings, name, namespace)
  bySettings.set(settings, made)
  return made
}

/** Whether anything of a namespace is limited in number. */
export function hasQuota(settings: TenancySettings, name: string, namespace: Namespace | null): boolean {
  const { quotas } = grantFrom(settings, name, namespace)
  return (Object.keys(QUOTA_ANNOTATIONS) as QuotaKind[]).some((kind) => quotas[kind] !== null)
}

/** Whether somebody else has a host that an object asks for, or its namespace may not have it. */
export function isRefused(neighbourhood: Neighbourhood, settings: TenancySettings, object: ObjectRef, host: string): boolean {
  return standingIn(neighbourhood, settings).owns(objectKey(object), host) === false
}

const wholes = new WeakMap<ClusterView, Neighbourhood>()

/** All that a view holds: for who has no more than that, such as a plan of files. */
export function wholeOf(view: ClusterView): Neighbourhood {
  const known = wholes.get(view)
  if (known !== undefined) return known
  const ingresses = view.ingresses.filter(
    (item) => item.metadata.deletionTimestamp === undefined && isOurClass(item, view.ingressClasses),
  )
  const made = { ingresses, namespaces: view.namespaces, unseen: [], certified: [] }
  wholes.set(view, made)
  return made
}
