import { isOurs, slotName, TAG_SLOT, type Tags } from '../shared/names.ts'

/** Tags that prove a resource ours, and of this unit. A slot too long for a tag keeps its beginning (see `tagValue`). */
export function isOfUnit(tags: Tags, clusterId: string, unitKey: string): boolean {
  if (!isOurs(tags, clusterId)) return false
  const slot = tags[TAG_SLOT] ?? ''
  const start = slotName(unitKey, '')
  return slot.startsWith(start.slice(0, CUT)) && (start.length <= CUT || slot.charAt(CUT) === '=')
}

/** How many characters of a long value `tagValue` keeps. */
const CUT = 223

/** A filter of EC2 for the security groups of one unit; `*` is any text: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html */
export function slotPattern(unitKey: string): string {
  return `${slotName(unitKey, '').slice(0, CUT)}*`
}
