// What a client of a host meets, proven on real sockets of the stand-in's data plane; and what is left after everything was deleted.
import { X509Certificate } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { ACCOUNT, NAMESPACE, type Stage } from './stage.ts'
import { until } from './until.ts'

type Ports = { readonly dns: number; readonly https: number; readonly http: number }
type Answer = { readonly status: number; readonly targetGroup: string; readonly certificate: X509Certificate }

/** The sample's paths and the Service each must reach. */
const PATHS: readonly (readonly [path: string, service: string])[] = [
  ['/', 'game'],
  ['/play/1', 'game'],
  ['/api', 'api'],
  ['/api/scores', 'api'],
  ['/healthz', 'api'],
  ['/healthz/x', 'game'],
]

/** Resolves the host, shakes hands with SNI, asks for each path. Throws on what is not as it must be; returns what was seen. */
export async function proveServed(stage: Stage, host: string): Promise<readonly string[]> {
  const ports = (await stage.aws.control('POST', 'dataplane/listen', {})) as Ports
  try {
    const addresses = await until(`${host} resolves`, () => resolve(ports, host), { seconds: 30 })
    const seen = [`${host} resolves to ${addresses.join(', ')}, addresses of the load balancer`]
    for (const [path, service] of PATHS) {
      const answer = await get(stage, ports, host, path)
      if (path === '/') seen.push(`TLS with SNI ${host}: ${describe(answer.certificate)}, verified against the Vault CA`)
      const reached = await serviceOf(stage, answer.targetGroup)
      if (answer.status !== 200 || reached !== service)
        throw new Error(`${path} answered ${answer.status} from ${reached}; expected 200 from ${service}`)
      seen.push(`GET ${path.padEnd(12)} 200 from the pods of Service ${service}`)
    }
    const redirect = (await stage.aws.control('POST', 'request', { url: `http://${host}/play` })) as {
      status: number
      location?: string
    }
    if (redirect.status !== 301 || redirect.location === undefined || !redirect.location.startsWith(`https://${host}`))
      throw new Error(`http://${host}/play answered ${redirect.status} ${redirect.location}; expected a redirect to https`)
    return [...seen, `http://${host}/play is redirected to ${redirect.location}`]
  } finally {
    await stage.aws.control('DELETE', 'dataplane/listen')
  }
}

async function resolve(ports: Ports, host: string): Promise<readonly string[] | undefined> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 })
  resolver.setServers([`127.0.0.1:${ports.dns}`])
  const addresses = await resolver.resolve4(host)
  return addresses.length > 0 ? addresses : undefined
}

/** A real handshake: the certificate must be for the host and chain to the Vault CA. */
function get(stage: Stage, ports: Ports, host: string, path: string): Promise<Answer> {
  return new Promise((done, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: ports.https,
        servername: host,
        ca: stage.vault.caPem,
        path,
        headers: { host },
        agent: false,
        timeout: 10_000,
      },
      (response) => {
        const certificate = new X509Certificate((response.socket as TLSSocket).getPeerCertificate().raw)
        response.resume()
        response.on('end', () =>
          done({
            status: response.statusCode ?? 0,
            targetGroup: String(response.headers['x-fairlead-target-group'] ?? ''),
            certificate,
          }),
        )
      },
    )
    asked.on('timeout', () => asked.destroy(new Error(`no answer for https://${host}${path}`)))
    asked.on('error', reject)
    asked.end()
  })
}

function describe(certificate: X509Certificate): string {
  return `certificate for ${certificate.subjectAltName?.replaceAll('DNS:', '')}, serial ${certificate.serialNumber.toLowerCase().slice(0, 16)}…`
}

/** The Service whose pods a target group holds. */
async function serviceOf(stage: Stage, arn: string): Promise<string> {
  const group = (await account(stage)).targetGroups.find((item) => item.arn === arn)
  const targets = new Set(group?.targets.map((target) => target.id))
  const text = await stage.kubectl('get', 'endpointslices', '-n', 'games', '-o', 'json')
  const slices = (
    JSON.parse(text) as { items: { metadata: { labels: Record<string, string> }; endpoints: { addresses: string[] }[] }[] }
  ).items
  const behind = slices.filter((slice) =>
    slice.endpoints.some((endpoint) => endpoint.addresses.some((address) => targets.has(address))),
  )
  return behind.map((slice) => slice.metadata.labels['kubernetes.io/service-name']).join(', ')
}

type Account = {
  readonly certificates: readonly object[]
  readonly loadBalancers: readonly object[]
  readonly targetGroups: readonly { readonly arn: string; readonly targets: readonly { readonly id: string }[] }[]
  readonly securityGroups: readonly { readonly name?: string; readonly GroupName?: string }[]
  readonly zones: readonly {
    readonly name: string
    readonly records: readonly { readonly Name: string; readonly Type: string }[]
  }[]
}

async function account(stage: Stage): Promise<Account> {
  return ((await stage.aws.state()) as { accounts: Record<string, Account> }).accounts[ACCOUNT]!
}

/** Everything of ours that still exists, one line each: empty after everything was deleted. */
export async function leftovers(stage: Stage): Promise<readonly string[]> {
  const { certificates, loadBalancers, targetGroups, securityGroups, zones } = await account(stage)
  const list = (what: string, items: readonly object[]) => items.map((item) => `${what} ${JSON.stringify(item).slice(0, 160)}`)
  const records = zones.flatMap((zone) => zone.records.filter((record) => record.Name !== zone.name))
  const secrets = (await stage.kubectl('get', 'secrets', '-n', NAMESPACE, '-l', 'fairlead.dev/certificate=true', '-o', 'name'))
    .split('\n')
    .filter(Boolean)
  const ingresses = JSON.parse(await stage.kubectl('get', 'ingresses', '-A', '-o', 'json')) as {
    items: { metadata: { name: string; deletionTimestamp?: string; finalizers?: string[] } }[]
  }
  const held = ingresses.items.filter((item) => item.metadata.deletionTimestamp !== undefined)
  return [
    ...list('certificate', certificates),
    ...list('load balancer', loadBalancers),
    ...list('target group', targetGroups),
    ...list('security group', securityGroups),
    ...list('record', records),
    ...secrets,
    ...held.map((item) => `Ingress ${item.metadata.name} is held by ${item.metadata.finalizers?.join(', ')}`),
  ]
}
