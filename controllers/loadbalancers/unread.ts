import { ALB } from '../shared/annotations.ts'
import { annotationField } from '../shared/finding.ts'
import type { Member } from './member.ts'

/** Whether a member has an annotation whose value cannot be read, or makes no sense: nobody knows what it asks for. */
export function isUnread(member: Member, name: string): boolean {
  const field = annotationField(`${ALB}${name}`)
  return member.findings.some((finding) => finding.code === 'InvalidAnnotation' && finding.field === field)
}
