import type { Aws } from '../aws/aws.ts'
import { isNotFound } from '../aws/errors.ts'
import { isNotFound as isNoObject } from '../cluster/errors.ts'
import { INGRESSES, type Kubernetes, SECRETS } from '../cluster/kubernetes.ts'
import { READY_ANNOTATION, STATUS_ANNOTATION } from '../shared/annotations.ts'
import type { Change, Shape } from '../shared/change.ts'
import { TAG_CLUSTER } from '../shared/names.ts'
import type { Ingress } from '../shared/objects.ts'
import type { Settings } from '../shared/settings.ts'

export type ReleasePorts = {
  readonly aws: Aws
  readonly kubernetes: Kubernetes
  readonly settings: Settings
  readonly ingress: (key: string) => Ingress | null
  /** Runs what makes these changes, so that it stands in the audit trail. */
  readonly making: (changes: readonly Change[], run: () => Promise<void>) => Promise<void>
}

const RECORDS_PER_CALL = 100

/** Makes the changes of a release plan, one after the other. What is gone already is given up already. */
export async function applyRelease(changes: readonly Change[], ports: ReleasePorts, signal: AbortSignal): Promise<void> {
  const records = changes.filter((item) => item.type === 'AWS::Route53::RecordSet')
  for (const zoneId of new Set(records.map((item) => item.batch ?? '')))
    await forgetRecords(
      zoneId,
      records.filter((item) => item.batch === zoneId),
      ports,
      signal,
    )
  for (const item of changes) if (!records.includes(item)) await ports.making([item], () => applyOne(item, ports, signal))
}

async function applyOne(item: Change, { aws, kubernetes, settings, ingress }: ReleasePorts, signal: AbortSignal): Promise<void> {
  const where = { account: settings.account, region: settings.region, controller: item.controller }
  const options = { signal, priority: 'change' as const }
  const [namespace = '', name = ''] = item.target.split('/')
  try {
    switch (item.type) {
      case 'AWS::CertificateManager::Certificate': {
        const { CertificateArn = '' } = item.after as { readonly CertificateArn?: string }
        const { Tags = [] } = await aws.acm(where).listTagsForCertificate({ CertificateArn }, options)
        // Given up before, by a run that broke off: without our tag IAM would deny it.
        if (!Tags.some(({ Key }) => Key === TAG_CLUSTER)) return
        await aws.acm(where).removeTagsFromCertificate(item.after as never, options)
        return
      }
      case 'AWS::EC2::SecurityGroup':
        await aws.ec2(where).deleteTags(item.after as never, options)
        return
      case 'Kubernetes::Secret':
        await kubernetes.patch(SECRETS, { namespace, name }, { metadata: item.after }, { kind: 'merge' }, signal)
        return
      case 'Kubernetes::Ingress': {
        const held = ingress(item.target)
        if (held === null) return
        const annotations = { [STATUS_ANNOTATION]: null, [READY_ANNOTATION]: null }
        const body = { metadata: { resourceVersion: held.metadata.resourceVersion, annotations, ...item.after } }
        await kubernetes.patch(INGRESSES, { namespace, name }, body, { kind: 'merge' }, signal)
        return
      }
      default:
        await aws.elbv2(where).removeTags(item.after as never, options)
    }
  } catch (error) {
    if (!isNotFound(error) && !isNoObject(error)) throw error
  }
}

async function forgetRecords(
  zoneId: string,
  records: readonly Change[],
  { aws, settings, making }: ReleasePorts,
  signal: AbortSignal,
): Promise<void> {
  const route53 = aws.route53({ account: settings.account, region: 'us-east-1', controller: 'dns' })
  for (let from = 0; from < records.length; from += RECORDS_PER_CALL) {
    const batch = records.slice(from, from + RECORDS_PER_CALL)
    const Changes = [
      ...batch.flatMap((item) => element('DELETE', item.before)),
      ...batch.flatMap((item) => element('CREATE', item.after)),
    ]
    const input = { HostedZoneId: zoneId, ChangeBatch: { Changes } }
    await making(batch, async () => void (await route53.changeResourceRecordSets(input, { signal, priority: 'change' })))
  }
}

function element(Action: 'DELETE' | 'CREATE', shape: Shape | null) {
  if (shape === null) return []
  const { HostedZoneId: _, ...set } = shape
  return [{ Action, ResourceRecordSet: set as never }]
}
