import { type CertificateIntent, intendCertificates, type WantedCertificate } from '../../../controllers/certificates/intent.ts'
import { certificateSlot, profileId, secretNameOf } from '../../../controllers/certificates/names.ts'
import type {
  AcmCertificate,
  CertificatesObserved,
  Material,
  StoredCertificate,
} from '../../../controllers/certificates/observed.ts'
import { certificatesPlanner } from '../../../controllers/certificates/planner.ts'
import type { DnsFacts, LoadBalancerFacts } from '../../../controllers/shared/facts.ts'
import type { Ingress, IngressClass, Secret } from '../../../controllers/shared/objects.ts'
import { inOrderOfNeeds } from '../../../controllers/shared/plan.ts'
import type { PlanContext } from '../../../controllers/shared/planner.ts'
import type { CertificateProfile, Settings } from '../../../controllers/shared/settings.ts'
import { parseUnitKey } from '../../../controllers/shared/unit.ts'
import { testSettings } from '../../support/settings.ts'

export const NOW = Date.UTC(2026, 0, 1, 12)
export const DAY = 86_400_000
export const UNIT = 'ingress/games/web'
export const OBJECT = { kind: 'Ingress', namespace: 'games', name: 'web' }

export const profile: CertificateProfile = {
  vault: 'default',
  mount: 'pki_int',
  role: 'web',
  keyType: 'ec-p256',
  ttlSeconds: 30 * 86_400,
  renewBeforeSeconds: 7 * 86_400,
}

export const settings: Settings = {
  ...testSettings,
  region: 'eu-west-1',
  txtOwner: 'cluster-one',
  profiles: { default: profile, rsa: { ...profile, keyType: 'rsa-2048' }, other: { ...profile, role: 'other' } },
  defaults: { ...testSettings.defaults, sslPolicy: 'p' },
  waits: { ...testSettings.waits, ttlMarginSeconds: 5, loadBalancerActiveSeconds: 120 },
}

const ingressClass: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'fairlead', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { controller: 'fairlead.dev/ingress' },
}

export function ingress(
  hosts: readonly string[],
  annotations: Readonly<Record<string, string>> = { 'fairlead.dev/certificate': 'vault' },
  tls: readonly string[] = [],
): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      namespace: 'games',
      name: 'web',
      uid: 'uid-web',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations,
    },
    spec: {
      ingressClassName: 'fairlead',
      rules: hosts.map((host) => ({ host })),
      ...(tls.length === 0 ? {} : { tls: [{ hosts: tls }] }),
    },
  }
}

export function contextOf(
  ingresses: readonly Ingress[],
  options: { readonly now?: number; readonly secrets?: readonly Secret[]; readonly settings?: Settings } = {},
): PlanContext {
  const { secrets = [], now = NOW } = options
  const view = { ingresses, ingressClasses: [ingressClass], services: [], endpointSlices: [], nodes: [], namespaces: [], secrets }
  return { unit: parseUnitKey(UNIT), view, settings: options.settings ?? settings, now }
}

export const SLOT = certificateSlot(UNIT, OBJECT, profile.keyType)
export const ARN = 'arn:aws:acm:eu-west-1:111111111111:certificate/one'

export function wanted(hosts: readonly string[], change: Partial<WantedCertificate> = {}): WantedCertificate {
  return {
    slot: SLOT,
    secretName: secretNameOf(settings.clusterId, SLOT),
    object: OBJECT,
    hosts,
    profile,
    profileId: profileId(profile),
    renewBeforeSeconds: profile.renewBeforeSeconds,
    ...change,
  }
}

export function material(hosts: readonly string[], change: Partial<Material> = {}): Material {
  return {
    serial: '0a:01',
    notBefore: NOW - DAY,
    notAfter: NOW + 29 * DAY,
    hosts,
    keyMatches: true,
    profile: profileId(profile),
    ...change,
  }
}

export function stored(hosts: readonly string[], change: Partial<StoredCertificate> = {}): StoredCertificate {
  return {
    slot: SLOT,
    secretName: secretNameOf(settings.clusterId, SLOT),
    object: OBJECT,
    keyType: profile.keyType,
    state: 'imported',
    arn: ARN,
    hosts,
    current: material(hosts),
    next: null,
    ...change,
  }
}

export function inAcm(change: Partial<AcmCertificate> = {}): AcmCertificate {
  return { arn: ARN, slot: SLOT, serial: '0a:01', unused: false, ...change }
}

export const nobody: { readonly loadbalancers: LoadBalancerFacts; readonly dns: DnsFacts } = {
  loadbalancers: { serving: [], uses: [] },
  dns: { pointing: [] },
}

/** Everything the planner says of a world: intend, build, retire. */
export function plan(
  context: PlanContext,
  observed: CertificatesObserved,
  down = nobody,
  intent: CertificateIntent | null = null,
) {
  const intended = intent === null ? intendCertificates(context) : { intent, findings: [] }
  const built = certificatesPlanner.build(context, intended.intent, observed, {})
  const retired = certificatesPlanner.retire(context, intended.intent, observed, {}, down)
  const findings = [...intended.findings, ...built.findings]
  const changes = inOrderOfNeeds([...built.changes, ...retired])
  return { changes, findings, codes: findings.map((item) => item.code), facts: built.facts, intent: intended.intent }
}
