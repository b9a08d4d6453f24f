import { FAIRLEAD } from './annotations.ts'

/** AWS takes 50 tags on a resource; four of them are ours (`names.ts`). */
export const MOST_USER_TAGS = 46

const KEY = 127
const VALUE = 256
const TAKEN = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** What would be right, for whoever wrote a tag that is wrong. */
export const RIGHT_TAGS = `at most ${MOST_USER_TAGS} tags, each key once and of 1 to ${KEY}, each value of up to ${VALUE} letters, digits, spaces and _.:/=+-@, no key beginning with aws: or ${FAIRLEAD}`

/**
 * Why a user's tag cannot be put on a resource; null: it can. The stricter of what Elastic Load Balancing and EC2 take, since the
 * security group gets the same tags; and never one of those by which resources are proven ours.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Tag.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Tag.html
 */
export function wrongTag(key: string, value: string): string | null {
  const named = `tag ${JSON.stringify(key)}`
  const lower = key.toLowerCase()
  if (lower.startsWith('aws:')) return `${named} begins with aws:, which is AWS’s own`
  if (lower.startsWith(FAIRLEAD)) return `${named} begins with ${FAIRLEAD}, which is Fairlead’s own`
  if (key.length < 1 || key.length > KEY) return `${named} has ${key.length} characters in its key`
  if (!TAKEN.test(key)) return `${named} has a character in its key that AWS does not take`
  if (value.length > VALUE) return `${named} has ${value.length} characters in its value`
  return TAKEN.test(value) ? null : `${named} has a character in its value that AWS does not take`
}

/** Why these tags cannot be asked for together, or one of them not at all; null: they can. */
export function wrongTags(tags: Readonly<Record<string, string>>): string | null {
  const all = Object.entries(tags)
  for (const [key, value] of all) {
    const wrong = wrongTag(key, value)
    if (wrong !== null) return wrong
  }
  return all.length > MOST_USER_TAGS ? `these are ${all.length} tags` : null
}
