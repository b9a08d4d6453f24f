export type BrakeSettings = {
  /** Part of what is owned, above 0 and at most 1. */
  readonly share: number
  /** So many are always let through. */
  readonly least: number
  /** Removals count together for so long. */
  readonly windowSeconds: number
}

/** What the brake is on for; kept where it survives a restart. */
export type BrakeState = {
  /** What a person names to acknowledge it: this very one, not whatever comes after. */
  readonly name: string
  /** ISO time. */
  readonly since: string
  /** `KIND NAMESPACE/NAME` of what disappeared without anybody having seen its deletion. */
  readonly objects: readonly string[]
  /** How many there were of the same kind, these included. */
  readonly owned: number
}

/** Whether so many inferred removals are more than can be believed. */
export function isPastLimit(lost: number, owned: number, { share, least }: BrakeSettings): boolean {
  return lost > least && lost > share * owned
}
