import type { Shape, ShapeValue } from '../shared/change.ts'
import { isUnknown } from '../shared/known.ts'
import type { Tags } from '../shared/names.ts'
import type { Outcome } from '../shared/planner.ts'

/** The input and outcome of one call, read as what they are; unknown values and missing answers are made up, always the same. */
export class Input {
  readonly #input: Shape
  readonly #change: string
  readonly #outcome: Outcome
  constructor(input: Shape, change: string, outcome: Outcome) {
    this.#input = input
    this.#change = change
    this.#outcome = outcome
  }

  has(field: string): boolean {
    return this.#input[field] !== undefined
  }

  text(field: string): string {
    return textOf(this.#input[field])
  }

  number(field: string): number {
    return Number(this.#input[field])
  }

  texts(field: string): readonly string[] {
    return listOf(this.#input[field]).map(textOf)
  }

  shapes(field: string): readonly Shape[] {
    return listOf(this.#input[field]).map(shapeOf)
  }

  shape(field: string): Shape {
    return shapeOf(this.#input[field])
  }

  tags(field = 'Tags'): Tags {
    return Object.fromEntries(this.shapes(field).map((tag) => [textOf(tag.Key), textOf(tag.Value)]))
  }

  /** What the API answered; made up if nobody did. */
  answer(field: string): string {
    const given = this.#outcome[field]
    return typeof given === 'string' ? given : madeUp(this.#change, field)
  }

  /** The answer as it is, if there is one. */
  outcome(field: string): unknown {
    return this.#outcome[field]
  }
}

/** Names and ARNs of what exists in a model only. */
export function madeUp(change: string, field: string): string {
  return `made-up/${field}/${change}`.toLowerCase()
}

export function textOf(value: ShapeValue): string {
  if (isUnknown(value)) return madeUp(value.unknown.change, value.unknown.field)
  return value === undefined || value === null ? '' : String(value)
}

export function listOf(value: ShapeValue): readonly ShapeValue[] {
  return Array.isArray(value) ? value : isUnknown(value) ? [value] : []
}

export function shapeOf(value: ShapeValue): Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Shape) : {}
}
