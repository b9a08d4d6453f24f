import { remembered } from '../shared/remembered.ts'

/**
 * Whether a text fits a pattern of a listener rule: `*` is any number of characters, `?` exactly one.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
 */
export function fitsPattern(pattern: string, text: string, { escapes = false }: { readonly escapes?: boolean } = {}): boolean {
  return expression(pattern, escapes, '[^]').test(text)
}

/**
 * Whether everything that fits `other` fits `pattern`, too. When in doubt, no: a wildcard of the other is taken by a `*` alone,
 * and a `?` by a `?`.
 */
export function patternCovers(pattern: string, other: string): boolean {
  return pattern === other || (WILD.test(pattern) && covering(pattern).test(other))
}

const WILD = /[*?]/
/** Each rule of a load balancer is held against all before it, in every pass. */
const covering = remembered((pattern) => expression(pattern, false, '[^*]'))

function expression(pattern: string, escapes: boolean, one: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at]!
    if (escapes && letter === '\\' && /[*?\\]/.test(pattern[at + 1] ?? '')) source += literal(pattern[++at]!)
    // Several in a row are as one, which the engine would try in every split.
    else if (letter === '*') source += source.endsWith('[^]*') ? '' : '[^]*'
    else source += letter === '?' ? one : literal(letter)
  }
  return new RegExp(`^${source}$`)
}

function literal(letter: string): string {
  return letter.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')
}
