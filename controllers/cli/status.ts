import { isForbidden } from '../cluster/errors.ts'
import { INGRESS_CLASSES, INGRESSES, type Kubernetes } from '../cluster/kubernetes.ts'
import { READY_ANNOTATION } from '../shared/annotations.ts'
import { CHAIN_ORDER } from '../shared/chain.ts'
import { isOurClass } from '../shared/members.ts'
import type { Ingress, IngressClass } from '../shared/objects.ts'
import { type Told, toldOf } from '../shared/told.ts'
import { NoSuchIngress } from './no-such-ingress.ts'

/** Ingresses of our class with what Fairlead last said of them; of one `NAMESPACE/NAME` if given. Throws if that one is not there or not ours. */
export async function readStatus(
  api: Kubernetes,
  only: string | undefined,
  signal: AbortSignal,
): Promise<readonly { ingress: Ingress; told: Told | null }[]> {
  const classes = await readClasses(api, signal)
  if (only !== undefined) {
    const [namespace, name] = splitName(only)
    // Not `get`, which Fairlead itself does not have.
    const found = await api.list(INGRESSES, { namespace, fieldSelector: `metadata.name=${name}` }, signal)
    const ingress = found.items[0] as Ingress | undefined
    if (ingress === undefined) throw new NoSuchIngress(namespace, name)
    if (classes !== null && !isOurClass(ingress, classes))
      throw new Error(`Ingress ${only} is of class ${ingress.spec.ingressClassName ?? '(none)'}, which Fairlead does not serve`)
    return [{ ingress, told: toldOf(ingress) }]
  }
  const found: { ingress: Ingress; told: Told | null }[] = []
  let continueToken: string | null = null
  do {
    const page = await api.list(INGRESSES, { limit: 500, ...(continueToken === null ? {} : { continueToken }) }, signal)
    for (const item of page.items as unknown as readonly Ingress[])
      if (classes === null ? toldOf(item) !== null : isOurClass(item, classes)) found.push({ ingress: item, told: toldOf(item) })
    continueToken = page.continueToken
  } while (continueToken !== null)
  return found
}

/** Null if the caller may not read them: who has a namespace need not see the cluster's classes. */
async function readClasses(api: Kubernetes, signal: AbortSignal): Promise<readonly IngressClass[] | null> {
  try {
    return (await api.list(INGRESS_CLASSES, {}, signal)).items as unknown as readonly IngressClass[]
  } catch (error) {
    if (isForbidden(error)) return null
    throw error
  }
}

/** Whether Fairlead has said that the whole chain is in place, for the Ingress as it is now. */
export function isServed(ingress: Ingress): boolean {
  const { annotations, generation = 0, deletionTimestamp } = ingress.metadata
  return (
    deletionTimestamp === undefined && annotations?.[READY_ANNOTATION] === 'true' && toldOf(ingress)?.generation === generation
  )
}

/** `NAMESPACE/NAME` taken apart; a bare name is in `default`, as kubectl has it. */
export function splitName(text: string): readonly [namespace: string, name: string] {
  const parts = text.split('/')
  if (parts.length > 2 || parts.some((part) => part === '')) throw new Error(`${JSON.stringify(text)} is not NAMESPACE/NAME`)
  return parts.length === 2 ? [parts[0]!, parts[1]!] : ['default', parts[0]!]
}

export function renderStatus(rows: readonly { ingress: Ingress; told: Told | null }[]): string {
  if (rows.length === 0) return 'No Ingress of a class that Fairlead serves.'
  return rows.map(({ ingress, told }) => renderOne(ingress, told)).join('\n')
}

function renderOne(ingress: Ingress, told: Told | null): string {
  const name = `${ingress.metadata.namespace}/${ingress.metadata.name}`
  if (told === null) return `${name}  Unseen\n  Fairlead has not said anything about it yet`
  const hosts = (ingress.spec.rules ?? []).map((rule) => rule.host ?? '*')
  const address = ingress.status?.loadBalancer?.ingress?.map((item) => item.hostname ?? item.ip).join(', ') ?? ''
  const chain = CHAIN_ORDER.flatMap((controller) =>
    told.steps[controller] === undefined ? [] : [`${controller} ${told.steps[controller]}`],
  )
  const lines = [`${name}  ${told.phase}${ingress.metadata.deletionTimestamp === undefined ? '' : ' (being deleted)'}`]
  lines.push(`  hosts    ${[...new Set(hosts)].join(', ')}`)
  if (address !== '') lines.push(`  address  ${address}`)
  lines.push(`  chain    ${chain.join(' → ')}`)
  if (told.detail) lines.push(`  next     ${told.detail}`)
  if (told.waitingFor) lines.push(`  waits    ${told.waitingFor.join(', ')}`)
  for (const item of told.findings ?? [])
    lines.push(`  ${item.severity === 'info' ? 'note' : item.severity}  ${item.code}: ${item.message}`)
  for (const trouble of told.troubles ?? []) lines.push(`  trouble  ${trouble}`)
  return lines.join('\n')
}
