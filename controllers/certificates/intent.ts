import { annotation, badAnnotation, FAIRLEAD, nearest, refOf } from '../shared/annotations.ts'
import type { ObjectRef } from '../shared/change.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { canonicalHost, covers } from '../shared/hosts.ts'
import { membersOf } from '../shared/members.ts'
import { type Ingress, objectKey } from '../shared/objects.ts'
import type { Intended, PlanContext } from '../shared/planner.ts'
import type { CertificateProfile } from '../shared/settings.ts'
import { tenancyOf } from '../shared/tenancy.ts'
import { unitKey } from '../shared/unit.ts'
import { parseDuration } from './duration.ts'
import { certificateSlot, profileId, secretNameOf } from './names.ts'

const KEY = `${FAIRLEAD}certificate`
const PROFILE_KEY = `${FAIRLEAD}certificate-profile`
const RENEW_KEY = `${FAIRLEAD}certificate-renew-before`
const SECRET_KEY = `${FAIRLEAD}certificate-secret`
/** Our own annotations that this controller reads. */
export const CERTIFICATE_ANNOTATIONS = [
  'certificate',
  'certificate-profile',
  'certificate-renew-before',
  'certificate-secret',
] as const

const SOURCES = ['vault', 'none']
const NOT_YET = ['acm', 'secret', 'vault-kv']
const ARN = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):(\d{12}):certificate\/[A-Za-z0-9-]+$/
const ACCOUNT = /^\d{12}$/
/** The longest common name (RFC 5280, ub-common-name). */
const LONGEST_COMMON_NAME = 64

/** A certificate that Vault is to issue for the hosts of one object. */
export type WantedCertificate = {
  readonly slot: string
  readonly secretName: string
  readonly object: ObjectRef
  /** Common name first. */
  readonly hosts: readonly string[]
  readonly profile: CertificateProfile
  readonly profileId: string
  readonly renewBeforeSeconds: number
  /** What of it the namespace may not have: left out, but for what is in place already. */
  readonly refused?: Refused
}
export type Refused = {
  readonly hosts: readonly string[]
  /** Nothing is issued by this profile that it did not issue before. */
  readonly profile: boolean
  /** No certificate is issued at all where there is none. */
  readonly certificate: boolean
}
/** An ARN that an object names: attached, never changed. */
export type GivenCertificate = { readonly arn: string; readonly object: ObjectRef; readonly hosts: readonly string[] }

export type CertificateIntent = {
  readonly wanted: readonly WantedCertificate[]
  readonly given: readonly GivenCertificate[]
  /** Objects, as `namespace/name`, whose wish cannot be understood: what they have stays as it is. */
  readonly held: readonly string[]
}

/**
 * Nothing is issued unless asked for: no annotation, or `none`, means no certificate of ours.
 * One certificate per object covers all its hosts.
 */
export function intendCertificates(context: PlanContext): Intended<CertificateIntent> {
  const wanted: WantedCertificate[] = []
  const given: GivenCertificate[] = []
  const held: string[] = []
  const findings: Finding[] = []
  for (const ingress of membersOf(context.view, context.unit)) {
    const read = readWish(context, ingress)
    findings.push(...read.findings)
    if (read.wanted !== null) wanted.push(read.wanted)
    else if (read.given !== null) given.push(read.given)
    else if (read.findings.some((finding) => finding.severity === 'blocking')) held.push(objectKey(ingress.metadata))
  }
  return { intent: { wanted, given, held }, findings }
}

type Wish = {
  readonly wanted: WantedCertificate | null
  readonly given: GivenCertificate | null
  readonly findings: readonly Finding[]
}

function readWish(context: PlanContext, ingress: Ingress): Wish {
  const nothing = (...findings: readonly Finding[]): Wish => ({ wanted: null, given: null, findings })
  const source = annotation(ingress, KEY)
  if (source === undefined || source === 'none') return nothing()
  if (NOT_YET.includes(source)) return nothing(notYet(ingress, KEY))
  const hosts = hostsOf(ingress)
  if (source.startsWith('arn:')) return readArn(context, ingress, source, hosts)
  if (source !== 'vault') {
    const near = nearest(source, [...SOURCES, ...NOT_YET])
    return nothing(badAnnotation(ingress, KEY, near === null ? 'vault, the ARN of an ACM certificate, or none' : near))
  }
  if (hosts.length === 0) return nothing(noHosts(ingress))
  const tenancy = tenancyOf(context)
  const object = refOf(ingress)
  const refused: Refused = {
    hosts: hostsOf(ingress, (host) => tenancy.refusesHost(object, host)),
    profile: tenancy.refusesProfile(object),
    certificate: tenancy.refusesCertificate(object),
  }
  const read = readVault(
    context,
    ingress,
    hostsOf(ingress, (host) => !tenancy.refusesHost(object, host)),
  )
  if (read.wanted === null || (refused.hosts.length === 0 && !refused.profile && !refused.certificate)) return read
  return { ...read, wanted: { ...read.wanted, refused } }
}

function readArn(context: PlanContext, ingress: Ingress, arn: string, hosts: readonly string[]): Wish {
  const { account, region } = context.settings
  const parts = ARN.exec(arn)
  // Offline nobody could ask which account it is: what only AWS could tell is no error.
  const known = ACCOUNT.test(account)
  if (parts === null || parts[1] !== region || (known && parts[2] !== account)) {
    const expected = `the ARN of an ACM certificate in ${region}${known ? ` of account ${account}` : ''}`
    return { wanted: null, given: null, findings: [badAnnotation(ingress, KEY, expected)] }
  }
  return { wanted: null, given: { arn, object: refOf(ingress), hosts }, findings: [] }
}

function readVault(context: PlanContext, ingress: Ingress, hosts: readonly string[]): Wish {
  const { settings } = context
  const findings: Finding[] =
    annotation(ingress, SECRET_KEY) === undefined ? [] : [{ ...notYet(ingress, SECRET_KEY), severity: 'warning' }]
  const named = annotation(ingress, PROFILE_KEY)
  const name = named ?? settings.defaultProfile
  // A user may write `constructor`, which every object has.
  const profile = Object.hasOwn(settings.profiles, name) ? settings.profiles[name] : undefined
  if (profile === undefined) {
    const names = Object.keys(settings.profiles).sort()
    const expected =
      nearest(named ?? '', names) ?? (names.length === 0 ? 'a profile; none is configured' : `one of ${names.join(', ')}`)
    return {
      wanted: null,
      given: null,
      findings: [...findings, badAnnotation(ingress, PROFILE_KEY, expected, { code: 'UnknownProfile' })],
    }
  }
  const renewText = annotation(ingress, RENEW_KEY)
  const renewBefore = renewText === undefined ? profile.renewBeforeSeconds : parseDuration(renewText)
  if (renewBefore === null)
    findings.push(badAnnotation(ingress, RENEW_KEY, 'a duration such as 72h or 30d', { severity: 'warning' }))
  const object = refOf(ingress)
  const slot = certificateSlot(unitKey(context.unit), object, profile.keyType)
  return {
    wanted: {
      slot,
      secretName: secretNameOf(settings.clusterId, slot),
      object,
      hosts,
      profile,
      profileId: profileId(profile),
      renewBeforeSeconds: renewBefore ?? profile.renewBeforeSeconds,
    },
    given: null,
    findings,
  }
}

function noHosts(ingress: Ingress): Finding {
  const written = writtenHosts(ingress)
  const wrong = written.length === 0 ? 'there is no host' : `${written.join(', ')} is not a DNS name of at least two labels`
  const message = `Annotation ${KEY} asks for a certificate, but ${wrong} in spec.rules or spec.tls to issue it for`
  return { ...badAnnotation(ingress, KEY, 'a host in spec.rules or spec.tls', { code: 'NoHosts' }), message }
}

function writtenHosts(ingress: Ingress): readonly string[] {
  const { rules = [], tls = [] } = ingress.spec
  return [...rules.map((rule) => rule.host), ...tls.flatMap((entry) => entry.hosts ?? [])].flatMap((host) => host || [])
}

/** The hosts of rules and tls, each once; first the one that fits into a common name. What is no DNS name is told of elsewhere. */
export function hostsOf(ingress: Ingress, counts: (host: string) => boolean = () => true): readonly string[] {
  const hosts = writtenHosts(ingress).flatMap((host) => canonicalHost(host) ?? [])
  return commonNameFirst(withoutCovered([...new Set(hosts)].filter(counts)))
}

export function commonNameFirst(names: readonly string[]): readonly string[] {
  const first = names.find((host) => host.length <= LONGEST_COMMON_NAME)
  return first === undefined ? names : [first, ...names.filter((host) => host !== first)]
}

function notYet(ingress: Ingress, key: string): Finding {
  return {
    code: 'AnnotationNotYetSupported',
    severity: 'blocking',
    object: refOf(ingress),
    field: annotationField(key),
    read: annotation(ingress, key) ?? '',
    expected: `${KEY}: vault, the ARN of an ACM certificate, or none`,
    message: `Annotation ${key}: ${JSON.stringify(annotation(ingress, key))} is known but not supported yet; use ${KEY}: vault, the ARN of an ACM certificate, or none`,
  }
}

/** A name that a wildcard beside it covers adds nothing, and would cost an import each time such a host comes or goes. */
function withoutCovered(hosts: readonly string[]): readonly string[] {
  return hosts.filter((host) => !hosts.some((other) => other !== host && covers(other, host)))
}
