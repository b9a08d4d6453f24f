import type { ObjectRef } from '../shared/change.ts'
import { TAG_CLUSTER, TAG_OBJECT, TAG_SLOT } from '../shared/names.ts'
import type { Secret } from '../shared/objects.ts'
import type { Material, NextKey, SecretState, StoredCertificate } from './observed.ts'
import { isKey, readIssued } from './x509.ts'

/** The label on our Secrets; the runtime watches by it. */
export const LABEL = 'fairlead.dev/certificate'
const ARN = 'fairlead.dev/arn'
const STATE = 'fairlead.dev/state'
const SERIAL = 'fairlead.dev/serial'
const HOSTS = 'fairlead.dev/hosts'
const KEY_TYPE = 'fairlead.dev/key-type'
const PROFILE = 'fairlead.dev/profile'
const NEXT_HOSTS = 'fairlead.dev/next-hosts'
const NEXT_PROFILE = 'fairlead.dev/next-profile'

const STATES: readonly string[] = ['key', 'issued', 'importing', 'imported'] satisfies readonly SecretState[]
const parsed = new WeakMap<Secret, StoredCertificate | null>()

/** A certificate as a Secret holds it; null if the Secret is none of ours. Read once per version of the Secret. */
export function storedFrom(secret: Secret): StoredCertificate | null {
  const known = parsed.get(secret)
  if (known !== undefined) return known
  const stored = read(secret)
  parsed.set(secret, stored)
  return stored
}

function read(secret: Secret): StoredCertificate | null {
  const notes = secret.metadata.annotations ?? {}
  const slot = notes[TAG_SLOT]
  if (slot === undefined || secret.metadata.labels?.[LABEL] !== 'true') return null
  const state = notes[STATE] ?? ''
  return {
    slot,
    secretName: secret.metadata.name,
    object: objectFrom(notes[TAG_OBJECT] ?? ''),
    keyType: notes[KEY_TYPE] ?? '',
    state: STATES.includes(state) ? (state as SecretState) : 'key',
    arn: notes[ARN] ?? null,
    hosts: listed(notes[HOSTS]),
    current: currentIn(secret, notes),
    next: nextIn(secret, notes),
  }
}

function currentIn(secret: Secret, notes: Readonly<Record<string, string>>): Material | null {
  const issued = readIssued(textOf(secret, 'tls.crt'), textOf(secret, 'tls.key'))
  return issued === null ? null : { ...issued, profile: notes[PROFILE] ?? '' }
}

function nextIn(secret: Secret, notes: Readonly<Record<string, string>>): NextKey | null {
  const key = textOf(secret, 'next.key')
  if (key === '' || !isKey(key)) return null
  const certificate = textOf(secret, 'next.crt')
  return {
    keyType: notes[KEY_TYPE] ?? '',
    hosts: listed(notes[NEXT_HOSTS]),
    profile: notes[NEXT_PROFILE] ?? '',
    issued: certificate === '' ? null : readIssued(certificate, key),
  }
}

const listed = (text: string | undefined): readonly string[] => (text ?? '').split(',').filter((part) => part !== '')

function objectFrom(text: string): ObjectRef {
  const [kind = '', namespace = '', name = ''] = text.split('/')
  return { kind, namespace, name }
}

/** One of the Secret's texts; empty if it is not there. */
export function textOf(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString()
}

const encoded = (text: string): string => Buffer.from(text).toString('base64')

export type Request = {
  readonly slot: string
  readonly object: ObjectRef
  readonly keyType: string
  readonly hosts: readonly string[]
  readonly profile: string
  readonly key: string
}

/** A Secret that begins with a key nobody has certified yet. */
export function secretWithKey(namespace: string, name: string, clusterId: string, request: Request) {
  const { annotations, data } = keyPatch(request)
  const { slot, object } = request
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name,
      namespace,
      labels: { [LABEL]: 'true', [TAG_CLUSTER]: clusterId },
      annotations: { [TAG_SLOT]: slot, [TAG_OBJECT]: `${object.kind}/${object.namespace}/${object.name}`, ...annotations },
    },
    data: { 'next.key': data['next.key'] },
  }
}

/** `begun`: an import that may have happened is still to be looked for. */
export function keyPatch({ keyType, hosts, profile, key }: Request, begun = false) {
  return {
    annotations: {
      [STATE]: begun ? 'importing' : 'key',
      [KEY_TYPE]: keyType,
      [HOSTS]: hosts.join(','),
      [NEXT_HOSTS]: hosts.join(','),
      [NEXT_PROFILE]: profile,
    },
    data: { 'next.key': encoded(key), 'next.crt': null, 'next.chain': null },
  }
}

/** What it was issued for is noted with it: that may be less than the key was made for. */
export function issuedPatch(
  certificate: string,
  chain: string,
  request: { readonly hosts: readonly string[]; readonly profile: string },
  begun: boolean,
) {
  return {
    annotations: {
      [STATE]: begun ? 'importing' : 'issued',
      [NEXT_HOSTS]: request.hosts.join(','),
      [NEXT_PROFILE]: request.profile,
    },
    data: { 'next.crt': encoded(certificate), 'next.chain': encoded(chain) },
  }
}

/** Written before an import that could happen twice. An ARN that led nowhere is forgotten. */
export function importingPatch() {
  return { annotations: { [STATE]: 'importing', [ARN]: null } }
}

/** The ARN, and where the next certificate was imported its promotion to the current one, all in one write. */
export function importedPatch(secret: Secret, arn: string, serial: string, promotes: boolean) {
  const { data = {}, metadata } = secret
  if (!promotes) return { annotations: { [STATE]: 'imported', [ARN]: arn, [SERIAL]: serial } }
  return {
    annotations: {
      ...discardPatch().annotations,
      [ARN]: arn,
      [SERIAL]: serial,
      [PROFILE]: metadata.annotations?.[NEXT_PROFILE] ?? '',
    },
    data: { ...discardPatch().data, 'tls.key': data['next.key'], 'tls.crt': data['next.crt'], chain: data['next.chain'] },
  }
}

export function discardPatch() {
  return {
    annotations: { [STATE]: 'imported', [NEXT_HOSTS]: null, [NEXT_PROFILE]: null },
    data: { 'next.key': null, 'next.crt': null, 'next.chain': null },
  }
}

export function hostsPatch(hosts: readonly string[]) {
  return { annotations: { [HOSTS]: hosts.join(',') } }
}
