import { ALB, badAnnotation, FAIRLEAD } from '../shared/annotations.ts'
import type { Finding } from '../shared/finding.ts'
import type { Tags } from '../shared/names.ts'
import { MOST_USER_TAGS } from '../shared/wrong-tag.ts'
import type { Member } from './member.ts'
import { isUnread } from './unread.ts'
import { refKey } from './wish.ts'

export type MergedTags = {
  readonly tags: Tags
  /** Of these keys a resource keeps the value it has: an older member, which is refused now, may have given it. */
  readonly kept: readonly string[]
  readonly findings: readonly Finding[]
}

/** The tags of a group, without those of its `refused` members (`kind/namespace/name`): of two values for one key the oldest member's counts. Members in order of age. */
export function mergeTags(members: readonly Member[], refused: readonly string[], defaults: Tags): MergedTags {
  const tags = new Map<string, string>()
  const kept = new Set<string>()
  const findings: Finding[] = []
  const silent: Member[] = []
  const byDefault = Object.entries(defaults).filter(([key]) => !key.toLowerCase().startsWith(FAIRLEAD))
  const count = (more: readonly string[]) => new Set([...byDefault.map(([key]) => key), ...tags.keys(), ...more]).size
  const keep = (key: string) => {
    if (silent.some((member) => isUnread(member, 'tags') || member.shared.tags[key] !== undefined)) kept.add(key)
  }
  for (const member of members) {
    if (refused.includes(refKey(member.object))) {
      silent.push(member)
      continue
    }
    const own = Object.entries(member.shared.tags)
    if (own.length > 0 && count(own.map(([key]) => key)) > MOST_USER_TAGS) {
      const expected = `at most ${MOST_USER_TAGS} tags on a load balancer, with those of older Ingresses and of the configuration`
      const because = 'they do not fit beside the others, so none of them is put on'
      findings.push(badAnnotation(member.ingress, `${ALB}tags`, expected, { code: 'TooManyTags', severity: 'warning', because }))
      continue
    }
    for (const [key, value] of own) {
      if (tags.has(key)) continue
      tags.set(key, value)
      keep(key)
    }
  }
  for (const [key, value] of byDefault) {
    if (tags.has(key)) continue
    tags.set(key, value)
    keep(key)
  }
  return { tags: Object.fromEntries(tags), kept: [...kept], findings }
}
