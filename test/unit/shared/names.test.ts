import { describe, expect, it } from 'vitest'
import {
  canonicalJson,
  isOurs,
  ownershipTags,
  resourceName,
  slotName,
  slotUnit,
  TAG_CLUSTER,
  TAG_SLOT,
  tagValue,
} from '../../../controllers/shared/names.ts'

describe('names and tags (no clock)', () => {
  it('keeps names within the limit of the API, with letters, digits and single hyphens only', () => {
    for (const parts of [
      ['a'],
      ['games', 'web'],
      ['x'.repeat(80), 'y'.repeat(80)],
      ['über', '--'],
      ['a.b', 'c', 'd', 'e', 'f', 'g'],
    ]) {
      expect(resourceName(parts, ['k'])).toMatch(/^fl-(?!.*--)[a-z0-9-]{1,29}$/)
    }
  })

  it('gives another name to another immutable property', () => {
    expect(resourceName(['games'], ['internal'])).not.toBe(resourceName(['games'], ['internet-facing']))
    expect(resourceName(['games'], ['internal'])).toBe(resourceName(['games'], ['internal']))
    expect(resourceName(['a-b'], [])).not.toBe(resourceName(['a', 'b'], []))
  })

  it('cuts tag values at 256 characters so that two long ones stay apart', () => {
    const one = tagValue(`${'a'.repeat(300)}1`)
    expect(one).toHaveLength(256)
    expect(one).not.toBe(tagValue(`${'a'.repeat(300)}2`))
    expect(tagValue('a'.repeat(256))).toBe('a'.repeat(256))
  })

  it('writes only characters that AWS allows in a tag value', () => {
    const slot = slotName('group/team-a.web', 'rule/0f3a')
    expect(tagValue(slot)).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u)
    expect(slotUnit(slot)).toBe('group/team-a.web')
    expect(slotUnit('nothing')).toBeNull()
  })

  it('proves ownership by cluster and slot together', () => {
    const tags = ownershipTags('cluster-1', { kind: 'Ingress', namespace: 'a', name: 'b' }, 'ingress/a/b:lb')
    expect(isOurs(tags, 'cluster-1')).toBe(true)
    expect(isOurs(tags, 'cluster-2')).toBe(false)
    expect(isOurs({ [TAG_CLUSTER]: 'cluster-1' }, 'cluster-1')).toBe(false)
    expect(isOurs({ [TAG_SLOT]: 'x:y' }, 'cluster-1')).toBe(false)
  })

  it('writes equal shapes as equal text', () => {
    expect(canonicalJson({ b: 1, a: { d: undefined, c: [1, 2] } })).toBe(canonicalJson({ a: { c: [1, 2] }, b: 1 }))
    expect(canonicalJson({ a: [2, 1] })).not.toBe(canonicalJson({ a: [1, 2] }))
  })
})
