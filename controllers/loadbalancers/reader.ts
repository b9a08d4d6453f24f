import { ALB, annotation, badAnnotation } from '../shared/annotations.ts'
import type { Finding } from '../shared/finding.ts'
import type { KubeObject } from '../shared/objects.ts'

/** Reads typed annotation values of the first object that has them; what is wrong becomes a finding, and reads as absent. */
export type Reader = {
  text(name: string): string | undefined
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined
  integer(name: string, least: number, most: number): number | undefined
  list(name: string): readonly string[] | undefined
  map(name: string): Readonly<Record<string, string>> | undefined
  /** A value this reader's caller found wrong. */
  refuse(name: string, expected: string, because?: string): undefined
}

export function readerOf(objects: readonly KubeObject[], findings: Finding[]): Reader {
  const holder = (name: string) => objects.find((object) => annotation(object, ALB + name) !== undefined)
  const text = (name: string) => {
    const object = holder(name)
    return object && annotation(object, ALB + name)?.trim()
  }
  const refuse = (name: string, expected: string, because?: string): undefined => {
    const object = holder(name)
    if (object) findings.push(badAnnotation(object, ALB + name, expected, because === undefined ? {} : { because }))
  }
  const list = (name: string): readonly string[] | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const items = value.split(',').map((item) => item.trim())
    const parts = items.filter((item) => item !== '')
    return parts.length > 0 ? [...new Set(parts)] : refuse(name, 'a comma-separated list of at least one value')
  }
  return {
    text,
    refuse,
    list,
    oneOf(name, allowed) {
      const value = text(name)
      if (value === undefined) return undefined
      return allowed.find((item) => item === value) ?? refuse(name, `one of ${allowed.join(', ')}`)
    },
    integer(name, least, most) {
      const value = text(name)
      if (value === undefined) return undefined
      const number = /^-?\d{1,9}$/.test(value) ? Number(value) : Number.NaN
      return number >= least && number <= most ? number : refuse(name, `a whole number from ${least} to ${most}`)
    },
    map(name) {
      const parts = list(name)
      if (parts === undefined) return undefined
      const wrong = parts.find((part) => !/^[^=\s]+=/.test(part))
      if (wrong !== undefined) return refuse(name, 'key=value,key=value', `${JSON.stringify(wrong)} has no key and value`)
      const pairs = parts.map(
        (part) => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()] as const,
      )
      const [twice] = pairs.find(([key], index) => pairs.findIndex((pair) => pair[0] === key) < index) ?? []
      if (twice !== undefined) return refuse(name, 'key=value,key=value, each key once', `${twice} is there twice`)
      return Object.fromEntries(pairs)
    },
  }
}
