import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ACCOUNT, type Stage } from '../env/stage.ts'

/** Whether Fairlead says of each that its whole chain is in place. */
export async function served(stage: Stage, names: readonly string[]): Promise<boolean> {
  const ready = '{range .items[*]}{.metadata.name}={.metadata.annotations.fairlead\\.dev/ready} {end}'
  const text = await stage.kubectl('get', 'ingresses', '-n', 'games', '-o', `jsonpath=${ready}`)
  return names.every((name) => text.includes(`${name}=true`))
}

/** A file with an Ingress, a Service and a Deployment of each name: a host, a certificate and a load balancer of its own. */
export async function manifests(stage: Stage, names: readonly string[]): Promise<string> {
  const items = names.flatMap((name) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'games' },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'games' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'game', image: 'game:1' }] } },
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name,
        namespace: 'games',
        annotations: {
          'fairlead.dev/certificate': 'vault',
          'alb.ingress.kubernetes.io/scheme': 'internet-facing',
          'alb.ingress.kubernetes.io/target-type': 'ip',
        },
      },
      spec: {
        ingressClassName: 'fairlead',
        rules: [
          {
            host: `${name}.example.com`,
            http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] },
          },
        ],
      },
    },
  ])
  const file = join(stage.environment.dir, `${names[0]}.json`)
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return file
}

type Account = {
  readonly [kind in 'certificates' | 'loadBalancers' | 'targetGroups' | 'securityGroups']: readonly object[]
} & { readonly zones: readonly { readonly name: string; readonly records: readonly { readonly Name: string }[] }[] }

/** How many of each there are in AWS. */
export async function census(stage: Stage): Promise<Readonly<Record<string, number>>> {
  const { accounts } = (await stage.aws.state()) as { readonly accounts: Readonly<Record<string, Account>> }
  const { certificates, loadBalancers, targetGroups, securityGroups, zones } = accounts[ACCOUNT]!
  return {
    certificates: certificates.length,
    loadBalancers: loadBalancers.length,
    targetGroups: targetGroups.length,
    securityGroups: securityGroups.length,
    records: zones.flatMap((zone) => zone.records.filter((record) => record.Name !== zone.name)).length,
  }
}
