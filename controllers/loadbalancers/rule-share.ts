import { TAG_SLOT } from '../shared/names.ts'
import type { ObservedRule } from './observed.ts'
import { overlap } from './path-overlap.ts'
import { type RuleSize, ruleSize } from './rule-size.ts'
import type { RuleWish } from './wish.ts'

/** A rule as it is to be, with the one that is there for it, if any. */
export type SharedRule = { readonly wish: RuleWish; readonly observed: ObservedRule | null }

type Bin = {
  readonly lines: readonly RuleWish[]
  readonly slot: string
  readonly observed: ObservedRule | null
  /** It is to give a path to another rule, and takes none itself: two such could wait for each other for ever. */
  readonly gives: boolean
}

/**
 * Paths of one host that go to one Service share a rule as far as its condition values and wildcards reach: an account has few rules, and
 * each costs a write. `wanted`: the rules with one path each, in order of precedence; the answer is in that order, too.
 *
 * A path stays in the rule that has it, and joins one with room before another is made, so one more path costs one write,
 * however many there are. A path goes to a rule that stands before its own place only if nothing between that goes elsewhere
 * could take its requests: every request goes where a rule for each path would have sent it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html (condition values per rule)
 *
 * What is made first does not matter to the rest: new paths go to the first rule that takes them, and nothing leaves a rule
 * before they went (`takenBy`), so planning again in the middle gives the same rules.
 */
export function shareRules(
  wanted: readonly RuleWish[],
  thereFor: (line: RuleWish) => readonly ObservedRule[],
  tagOf: (slot: string) => string,
  isHeld: (rule: ObservedRule) => boolean,
  most: RuleSize,
): readonly SharedRule[] {
  const lines = onceEach(wanted)
  const place = new Map(lines.map((line, index) => [line, index]))
  const byPlace = (a: RuleWish, b: RuleWish) => place.get(a)! - place.get(b)!
  const joined = (bin: Bin, line: RuleWish): Bin => ({ ...bin, lines: [...bin.lines, line].sort(byPlace) })
  const fits = (bin: Bin): boolean => {
    const [anchor] = bin.lines
    if (anchor === undefined || bin.lines.length === 1) return true
    const size = ruleSize(
      anchor.host,
      bin.lines.flatMap((line) => line.paths),
    )
    return (
      size.values <= most.values &&
      size.wildcards <= most.wildcards &&
      bin.lines.every((line) => isFree(lines.slice(place.get(anchor)! + 1, place.get(line)!), line))
    )
  }

  const bins: Bin[] = []
  const placed = new Set<RuleWish>()
  const tagged = lines.flatMap((line) => {
    const observed = thereFor(line).find((rule) => rule.Tags[TAG_SLOT] === tagOf(line.slot))
    return observed === undefined ? [] : [{ line, observed }]
  })
  for (const { line } of tagged) placed.add(line)
  for (const { line, observed } of tagged) {
    let bin: Bin = { lines: [line], slot: line.slot, observed, gives: false }
    for (const other of lines) {
      if (placed.has(other) || !isAlike(line, other) || !other.paths.every((path) => observed.Paths.includes(path))) continue
      if (!fits(joined(bin, other))) continue
      bin = joined(bin, other)
      placed.add(other)
    }
    const keeps = bin.lines.flatMap((item) => item.paths)
    const lost = observed.Paths.filter((path) => !keeps.includes(path))
    const others = lines.filter((item) => item.port === line.port && item.host === line.host)
    bins.push({ ...bin, gives: others.some((item) => item.paths.some((path) => lost.includes(path))) })
  }
  // What stays as it is has its place, too: nothing new is put before it that could take its requests.
  const matched = new Set(tagged.map((item) => item.observed))
  const passesHeld = (line: RuleWish) =>
    thereFor(line).some(
      (rule) => !matched.has(rule) && isHeld(rule) && (rule.Hosts[0] ?? '') === line.host && overlap(rule.Paths, line.paths),
    )
  const byAnchor = (a: Bin, b: Bin) => byPlace(a.lines[0]!, b.lines[0]!)
  bins.sort(byAnchor)
  for (const line of lines) {
    if (placed.has(line)) continue
    const takes = (bin: Bin) =>
      !bin.gives && byPlace(bin.lines[0]!, line) < 0 && isAlike(bin.lines[0]!, line) && fits(joined(bin, line))
    const at = passesHeld(line) ? -1 : bins.findIndex(takes)
    if (at >= 0) bins[at] = joined(bins[at]!, line)
    else bins.push({ lines: [line], slot: line.slot, observed: null, gives: false })
    bins.sort(byAnchor)
  }
  return bins.map(({ lines: [first, ...others], slot, observed }) => {
    const all = [first!, ...others]
    const paths = [...new Set(all.flatMap((line) => line.paths))]
    return { wish: { ...first!, slot, parts: all.flatMap((line) => line.parts), paths }, observed }
  })
}

/** Without the values that an earlier path of the same Service has, too: /a as it is, and as a prefix. */
function onceEach(wanted: readonly RuleWish[]): readonly RuleWish[] {
  return wanted.flatMap((line, index) => {
    const had = new Set(wanted.slice(0, index).flatMap((earlier) => (isAlike(earlier, line) ? earlier.paths : [])))
    if (!line.paths.some((path) => had.has(path))) return [line]
    const paths = line.paths.filter((path) => !had.has(path))
    return paths.length === 0 ? [] : [{ ...line, paths, parts: [{ slot: line.slot, paths }] }]
  })
}

/** A rule for any path stays alone: beside it, others would say nothing. */
function isAlike(a: RuleWish, b: RuleWish): boolean {
  return isBeside(a, b) && a.group === b.group && a.paths.length > 0 && b.paths.length > 0
}

/** Of the same `group.order`, too: between two rules of one host and order stand none of another host. */
function isBeside(a: RuleWish, b: RuleWish): boolean {
  return a.port === b.port && a.host === b.host && a.order === b.order
}

/** Whether a line may stand before those given. */
function isFree(between: readonly RuleWish[], line: RuleWish): boolean {
  return !between.some((other) => other.group !== line.group && isBeside(other, line) && overlap(other.paths, line.paths))
}
