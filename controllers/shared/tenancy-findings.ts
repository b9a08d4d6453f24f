import { annotation, FAIRLEAD, refOf } from './annotations.ts'
import { annotationField, type Finding } from './finding.ts'
import type { Ingress } from './objects.ts'
import {
  ALLOWED_ACCOUNTS,
  ALLOWED_HOSTS,
  ALLOWED_PROFILES,
  allowedText,
  type Grant,
  QUOTA_ANNOTATIONS,
  type QuotaKind,
} from './tenancy-grant.ts'
import type { Excess } from './tenancy-quotas.ts'

type Place = { readonly host: string; readonly field: string }

export function hostNotAllowed(ingress: Ingress, { host, field }: Place, grant: Grant): Finding {
  const expected = allowedText(grant.hosts, 'a host')
  return {
    code: 'HostNotAllowed',
    severity: 'blocking',
    object: refOf(ingress),
    field,
    read: host,
    expected,
    message: `Host ${host} is not allowed in namespace ${ingress.metadata.namespace}, so nothing new is made for it; expected ${expected}. Whoever administers the Namespace sets annotation ${ALLOWED_HOSTS}`,
  }
}

/** Whose the host is, is not for others to know. */
export function hostClaimed(ingress: Ingress, { host, field }: Place): Finding {
  const expected = 'a host that nobody else has'
  return {
    code: 'HostClaimed',
    severity: 'blocking',
    object: refOf(ingress),
    field,
    read: host,
    expected,
    message: `Host ${host}, or a host or wildcard that overlaps it, is somebody else's already, so nothing new is made for it here; expected ${expected}`,
  }
}

/** A rule without host answers for whatever the others of the group leave open, on their own hosts. */
export function anyHostNotAllowed(ingress: Ingress): Finding {
  const expected = `a host, or ${ALLOWED_HOSTS}: "*" on the Namespace`
  return {
    code: 'HostNotAllowed',
    severity: 'blocking',
    object: refOf(ingress),
    field: 'spec.rules',
    read: '',
    expected,
    message: `A rule without host would answer for hosts of other namespaces in the group, so it is not made; expected ${expected}`,
  }
}

export function profileNotAllowed(ingress: Ingress, profile: string, grant: Grant): Finding {
  const key = `${FAIRLEAD}certificate-profile`
  const expected = allowedText(grant.profiles, 'a profile')
  return {
    code: 'ProfileNotAllowed',
    severity: 'blocking',
    object: refOf(ingress),
    field: annotationField(key),
    read: annotation(ingress, key) ?? '',
    expected,
    message: `Certificate profile ${profile} (annotation ${key}) is not allowed in namespace ${ingress.metadata.namespace}, so nothing is issued by it; expected ${expected}. Whoever administers the Namespace sets annotation ${ALLOWED_PROFILES}`,
  }
}

export function accountNotAllowed(ingress: Ingress, account: string, grant: Grant): Finding {
  const key = `${FAIRLEAD}account`
  const expected = allowedText(grant.accounts, 'an account')
  return {
    code: 'AccountNotAllowed',
    severity: 'blocking',
    object: refOf(ingress),
    field: annotationField(key),
    read: account,
    expected,
    message: `Account ${account} (annotation ${key}) is not allowed in namespace ${ingress.metadata.namespace}; expected ${expected}. Whoever administers the Namespace sets annotation ${ALLOWED_ACCOUNTS}`,
  }
}

const WHAT: Readonly<Record<QuotaKind, readonly [things: string, what: string]>> = {
  loadBalancers: ['load balancers', 'no load balancer is made for this Ingress'],
  certificates: ['certificates', 'no certificate is issued for this Ingress'],
  records: ['records', 'no record is made'],
}

export function overQuota(ingress: Ingress, kind: QuotaKind, excess: Excess, host: string | null): Finding {
  const { limit, count, from, has } = excess
  const [things, refused] = WHAT[kind]
  const key = QUOTA_ANNOTATIONS[kind]
  const source = from === 'annotation' ? `annotation ${key} of the Namespace` : `tenancy.namespaces of the configuration`
  const expected = `at most ${limit} ${things} in the namespace, as ${source} says`
  const outcome = has ? 'what is there already stays' : `${refused}${host === null ? '' : ` for ${host}`}`
  return {
    code: 'NamespaceQuotaExceeded',
    severity: has ? 'warning' : 'blocking',
    object: refOf(ingress),
    field: host === null ? 'metadata.namespace' : 'spec.rules',
    read: `${count}`,
    expected,
    message: `Namespace ${ingress.metadata.namespace} asks for ${count} ${things} and may have ${limit}, so ${outcome}; expected ${expected}`,
  }
}

export function namespaceAnnotationInvalid(ingress: Ingress, fault: Grant['faults'][number]): Finding {
  return {
    code: 'NamespaceAnnotationInvalid',
    severity: 'warning',
    object: refOf(ingress),
    field: 'metadata.namespace',
    read: fault.read,
    expected: fault.expected,
    message: `Annotation ${fault.key} of Namespace ${ingress.metadata.namespace} has ${JSON.stringify(fault.read)}, which allows nothing; expected ${fault.expected}`,
  }
}
