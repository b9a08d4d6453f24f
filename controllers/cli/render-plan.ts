import type { Change } from '../shared/change.ts'
import type { Finding } from '../shared/finding.ts'
import { isUnknown } from '../shared/known.ts'
import type { Plan } from '../shared/plan.ts'
import type { Stop } from './stops.ts'

const SIGN: Readonly<Record<Change['action'], string>> = { create: '+', update: '~', replace: '±', delete: '-' }

/** Plans as text for people: what, why, what it waits for, and what it costs. */
export function renderPlans(plans: readonly Plan[], stops: readonly Stop[] = []): string {
  const parts = plans.filter((plan) => plan.changes.length > 0 || plan.findings.length > 0).map(renderPlan)
  return [...stops.map((stop) => stop.message), ...parts, summary(plans)].join('\n')
}

function renderPlan(plan: Plan): string {
  return [plan.unit, ...plan.findings.map(renderFinding), ...plan.changes.map(renderChange), ''].join('\n')
}

function renderFinding(item: Finding): string {
  const mark = item.severity === 'info' ? 'i' : '!'
  return `  ${mark} ${item.severity} ${item.code}  ${item.object.kind} ${item.object.namespace}/${item.object.name}  ${item.field}\n      ${item.message}`
}

function renderChange(item: Change): string {
  const lines = [
    `  ${SIGN[item.action]} ${item.type}  ${item.target}`,
    `      ${item.reason}  (${item.object.kind} ${item.object.namespace}/${item.object.name})`,
  ]
  for (const [field, before, after] of differences(item))
    lines.push(`      ${field}: ${before === undefined ? '' : `${show(before)} -> `}${show(after)}`)
  if (item.waits.length > 0)
    lines.push(`      waits for ${item.waits.map((wait) => `${wait.kind} of ${wait.of} (${wait.seconds} s)`).join(', ')}`)
  if (item.needs.length > 0) lines.push(`      after ${item.needs.join(', ')}`)
  const batch = item.batch === null ? '' : `, one call with batch ${item.batch}`
  const disruption = item.disruption === 'none' ? '' : `  disruption: ${item.disruption}`
  lines.push(`      calls ${item.calls.join(', ')}${batch}${disruption}`)
  return lines.join('\n')
}

/** The fields an update changes; of a create the plain ones, so that a person sees what it will be. */
function differences(item: Change): readonly (readonly [string, unknown, unknown])[] {
  if (item.after === null) return []
  const before = item.before ?? {}
  return Object.entries(item.after).flatMap(([field, after]) => {
    if (after === undefined || field === 'Tags' || field === 'TagSpecifications') return []
    const was = before[field]
    return JSON.stringify(was) === JSON.stringify(after)
      ? []
      : [[field, item.action === 'create' ? undefined : was, after] as const]
  })
}

function show(value: unknown): string {
  if (value === undefined) return '(none)'
  if (isUnknown(value)) return value.unknown.change === 'world' ? '(not known here)' : `(known after ${value.unknown.change})`
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, part]) => `${key}: ${show(part)}`)
      .join(', ')}}`
  return String(value)
}

function summary(plans: readonly Plan[]): string {
  const changes = plans.flatMap((plan) => plan.changes)
  const findings = plans.flatMap((plan) => plan.findings)
  if (changes.length === 0 && findings.length === 0)
    return `Nothing to do: ${plans.length} unit${plans.length === 1 ? '' : 's'} as wanted.`
  const count = (action: Change['action']) => changes.filter((item) => item.action === action).length
  const batches = new Set(changes.filter((item) => item.batch !== null).map((item) => `${item.controller}/${item.batch}`))
  const calls = changes.filter((item) => item.batch === null).reduce((sum, item) => sum + item.calls.length, 0) + batches.size
  const severe = (severity: Finding['severity']) => findings.filter((item) => item.severity === severity).length
  return (
    `Plan: ${count('create')} to create, ${count('update')} to change, ${count('replace')} to replace, ${count('delete')} to delete; ${calls} API calls. ` +
    `Findings: ${severe('blocking')} blocking, ${severe('warning')} warning, ${severe('info')} info.`
  )
}
