/** A part of what a unit owns, as far as it is read on its own. With an ARN: of that parent (or target group) only. */
export type Part =
  | 'load-balancers'
  | 'listeners'
  | 'certificates'
  | 'rules'
  | 'target-groups'
  | 'targets'
  | 'security-groups'
  | 'tags'

export const EVERY_PART: readonly Part[] = [
  'load-balancers',
  'listeners',
  'certificates',
  'rules',
  'target-groups',
  'targets',
  'security-groups',
]

/** Which parts have to be read again. */
export class Stale {
  readonly #parts = new Set<string>()

  add(part: Part, arn?: string): void {
    this.#parts.add(arn === undefined ? part : `${part} ${arn}`)
  }

  addAll(parts: readonly Part[] = EVERY_PART): void {
    for (const part of parts) this.add(part)
  }

  has(part: Part, arn?: string): boolean {
    return this.#parts.has(part) || (arn !== undefined && this.#parts.has(`${part} ${arn}`))
  }

  /** Whether the part is stale as a whole or for any ARN. */
  touches(part: Part): boolean {
    return [...this.#parts].some((item) => item === part || item.startsWith(`${part} `))
  }

  get empty(): boolean {
    return this.#parts.size === 0
  }

  /** Takes everything out, as it is being read now; what is added meanwhile is stale again. */
  take(): Stale {
    const taken = new Stale()
    for (const part of this.#parts) taken.#parts.add(part)
    this.#parts.clear()
    return taken
  }

  putBack(taken: Stale): void {
    for (const part of taken.#parts) this.#parts.add(part)
  }
}
