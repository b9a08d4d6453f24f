/**
 * How the values of the Ingresses that share a load balancer are put together:
 * - `exclusive`: one value per load balancer; the oldest Ingress that states one decides
 * - `merged`: the values of all are put together
 * - `ingress`: it counts for the Ingress that has it
 * - `backend`: it counts for the backends of the Ingress; on the Service it wins over the Ingress's
 * - `written`: Fairlead writes it
 */
export type MergeRule = 'exclusive' | 'merged' | 'ingress' | 'backend' | 'written'

/** What is done about it: done; its Ingress is held; a warning, and no effect. */
export type Support = 'yes' | 'refused' | 'ignored'

/** An annotation as its documentation has it. The tables of these are what the parsers know, too. */
export type AnnotationEntry = {
  readonly support: Support
  readonly merge: MergeRule
  /** What a value looks like. */
  readonly type: string
  /** What holds without it. */
  readonly default: string
  readonly does: string
}

/** By name without the prefix; a name that ends in `*` is a family. */
export type AnnotationTable = Readonly<Record<string, AnnotationEntry>>

/** One that is known and not built yet. */
export function later(support: Exclude<Support, 'yes'>, does: string): AnnotationEntry {
  return { support, merge: 'ingress', type: '', default: '', does }
}

export function namesWith(table: AnnotationTable, support: Support): readonly string[] {
  return Object.keys(table).filter((name) => table[name]?.support === support)
}
