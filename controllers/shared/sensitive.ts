const REDACTED = '[redacted]'

/**
 * A secret value that cannot be printed by accident: it is `[redacted]` in templates, JSON, logs and inspection.
 * `reveal` is called where the value is sent to the service it is for, and nowhere else.
 */
export class Sensitive<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.toPrimitive](): string {
    return REDACTED
  }

  /** What `util.inspect` and `console.log` of Node print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}
