import type { ObjectRef } from './change.ts'

/** Something wrong with an input. `code` is stable and becomes the reason of the Event on the object. */
export type Finding = {
  readonly code: string
  readonly severity: 'blocking' | 'warning' | 'info'
  readonly object: ObjectRef
  /** Where it stands: `metadata.annotations[alb.ingress.kubernetes.io/scheme]`, `spec.rules[0].host`. */
  readonly field: string
  /** What was read there, as text. */
  readonly read: string
  /** What would be right. */
  readonly expected: string
  /** One sentence for a person, naming what was read and what would be right. */
  readonly message: string
}

/** The Kubernetes field path of an annotation. */
export function annotationField(key: string): string {
  return `metadata.annotations[${key}]`
}
