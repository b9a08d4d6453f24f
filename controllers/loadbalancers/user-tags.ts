import { FAIRLEAD } from '../shared/annotations.ts'
import type { Reader } from './reader.ts'

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Tag.html */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
/** Of the 50 that a resource may have; the rest are for others and for Fairlead. */
const MOST = 40

/** Tags that a user may set: what AWS takes, and not those that say what is Fairlead's. */
export function readTags(read: Reader): Readonly<Record<string, string>> {
  const tags = read.map('tags') ?? {}
  const because = Object.entries(tags)
    .map(faultOf)
    .find((fault) => fault !== null)
  const most = Object.keys(tags).length > MOST ? `there are ${Object.keys(tags).length}` : undefined
  const wrong = because ?? most
  if (wrong === undefined) return tags
  read.refuse(
    'tags',
    `at most ${MOST} tags with keys of 1 to 128 and values of up to 256 letters, digits, spaces and _.:/=+-@, none of aws: or ${FAIRLEAD}`,
    wrong,
  )
  return {}
}

function faultOf([key, value]: readonly [string, string]): string | null {
  const shown = JSON.stringify(key.slice(0, 128))
  if (key.length > 128 || !TEXT.test(key)) return `key ${shown} is not one that AWS takes`
  if (value.length > 256 || !TEXT.test(value)) return `the value of ${shown} is not one that AWS takes`
  if (/^aws:/i.test(key)) return `key ${shown} is AWS’s own`
  return key.startsWith(FAIRLEAD) ? `key ${shown} is Fairlead’s own` : null
}
