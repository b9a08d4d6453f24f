import type { ObjectRef } from './change.ts'
import { annotationField, type Finding } from './finding.ts'
import type { KubeObject } from './objects.ts'

export const FAIRLEAD = 'fairlead.dev/'
export const ALB = 'alb.ingress.kubernetes.io/'
/** external-dns read the first until v0.21 and reads the second since v0.22; we read both, the second wins. */
export const EXTERNAL_DNS_PREFIXES = ['external-dns.alpha.kubernetes.io/', 'external-dns.kubernetes.io/'] as const

/** The finalizer on objects that own a load balancer. */
export const FINALIZER = 'fairlead.dev/cleanup'
/** Where an object stands, written by us. */
export const STATUS_ANNOTATION = `${FAIRLEAD}status`
export const READY_ANNOTATION = `${FAIRLEAD}ready`
export const INGRESS_CONTROLLER = 'fairlead.dev/ingress'

export function refOf(object: KubeObject): ObjectRef {
  return { kind: object.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}

export function annotation(object: KubeObject, key: string): string | undefined {
  return object.metadata.annotations?.[key]
}

/** How many single-letter edits apart two texts are (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

/** The known name nearest to what was written, or null if nothing is near. */
export function nearest(written: string, known: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const candidate of known) {
    const edits = distance(written, candidate)
    if (edits < least) {
      least = edits
      best = candidate
    }
  }
  return best
}

/** A finding for every annotation under `prefix` that is not known. Names ending in `*` are families (`actions.*`). */
export function unknownAnnotations(object: KubeObject, prefix: string, known: readonly string[]): readonly Finding[] {
  const families = known.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  const findings: Finding[] = []
  for (const [key, value] of Object.entries(object.metadata.annotations ?? {})) {
    if (!key.startsWith(prefix)) continue
    const name = key.slice(prefix.length)
    if (known.includes(name) || families.some((family) => name.startsWith(family) && name.length > family.length)) continue
    const near = nearest(name, known)
    const expected = near === null ? `an annotation that Fairlead knows, see docs/annotations.md` : `${prefix}${near}`
    findings.push({
      code: 'UnknownAnnotation',
      severity: 'warning',
      object: refOf(object),
      field: annotationField(key),
      read: value,
      expected,
      message: `Annotation ${key} is not known and has no effect; ${near === null ? `expected ${expected}` : `did you mean ${expected}?`}`,
    })
  }
  return findings
}

/** A finding about one annotation's value. */
export function badAnnotation(
  object: KubeObject,
  key: string,
  expected: string,
  options: { readonly code?: string; readonly severity?: Finding['severity']; readonly because?: string } = {},
): Finding {
  const read = annotation(object, key) ?? ''
  return {
    code: options.code ?? 'InvalidAnnotation',
    severity: options.severity ?? 'blocking',
    object: refOf(object),
    field: annotationField(key),
    read,
    expected,
    message: `Annotation ${key} is ${JSON.stringify(read)}${options.because ? `: ${options.because}` : ''}; expected ${expected}`,
  }
}
