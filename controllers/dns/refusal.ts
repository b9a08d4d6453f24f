import { elementsOf, type HostGroup } from './batch.ts'
import { recordName } from './record-name.ts'

/** The sentences of an InvalidChangeBatch: `[Tried to create …, RRSet with …]`. */
function sentences(message: string): readonly string[] {
  const inner = /\[(.*)\]\s*$/s.exec(message)?.[1] ?? message
  return inner.split(/, (?=Tried to |RRSet |The request |FATAL |A HostedZone |Invalid |Number of )/)
}

/** Route 53 writes names with a dot at the end and `\052` for `*`. */
function readable(sentence: string): string {
  return recordName(sentence).replaceAll('\\052', '*')
}

/** What Route 53 said about a host; empty if nothing names it. */
export function refusalOf(message: string, group: HostGroup): string {
  const names = elementsOf(group).map((element) => recordName(element.ResourceRecordSet?.Name ?? ''))
  const about = sentences(message).filter((sentence) => {
    const words = readable(sentence)
      .split(/[\s'",[\]=]+/)
      .map((word) => word.replace(/\.$/, ''))
    return words.some((word) => names.includes(word))
  })
  return about.join('; ')
}

/** Whether the world is not as the batch believed it: a new look will tell. */
export function isStaleRefusal(text: string): boolean {
  return /already exists|not found|do(es)? not match the (current )?values|conflicting RRSet|other RRSets exist/.test(text)
}
