// Ten thousand Ingresses as the API server gets them: each with a Service and an EndpointSlice of its own, in groups that share a load balancer
// and a wildcard certificate, over several zones.
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import type { ApiServer } from '../env/kube-api.ts'

/** Records of one zone: two for each host, within AWS's 10,000. */
const GROUPS_PER_ZONE = 50
const NAMESPACES = 20

export type Fleet = {
  readonly groups: number
  readonly ingresses: number
  readonly objects: number
  readonly zones: readonly string[]
  /** Creates everything; tells how far it is. */
  create(told: (done: number) => void): Promise<void>
  /** One more host on an Ingress that is served. */
  addHost(group: number, index: number, host: string): Promise<void>
  hostIn(group: number, name: string): string
}

export function fleetOf(ingresses: number, perGroup: number, server: () => ApiServer): Fleet {
  const groups = Math.ceil(ingresses / perGroup)
  const zoneOf = (group: number) => `z${Math.floor(group / GROUPS_PER_ZONE)}.example.com`
  const hostIn = (group: number, name: string) => `${name}.g${group}.${zoneOf(group)}`
  const members = Array.from({ length: ingresses }, (_, index) => [Math.floor(index / perGroup), index % perGroup] as const)
  const ingress = (group: number, index: number, more: readonly string[] = []) => {
    const { name, namespace } = nameOf(group, index)
    // The first of each group brings the certificate that serves all of it.
    const hosts = [index === 0 ? hostIn(group, '*') : hostIn(group, `h${index}`), ...more]
    const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }]
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name,
        namespace,
        annotations: {
          'alb.ingress.kubernetes.io/scheme': 'internet-facing',
          'alb.ingress.kubernetes.io/target-type': 'ip',
          'alb.ingress.kubernetes.io/group.name': `g${group}`,
          'alb.ingress.kubernetes.io/listen-ports': '[{"HTTP":80},{"HTTPS":443}]',
          'alb.ingress.kubernetes.io/ssl-redirect': '443',
          ...(index === 0 ? { 'fairlead.dev/certificate': 'vault' } : {}),
        },
      },
      spec: { ingressClassName: 'fairlead', rules: hosts.map((host) => ({ host, http: { paths } })) },
    }
  }
  return {
    groups,
    ingresses,
    objects: 3 * ingresses + NAMESPACES,
    zones: [...new Set(Array.from({ length: groups }, (_, group) => zoneOf(group)))],
    hostIn,
    async create(told) {
      const api = await client(server())
      for (let index = 0; index < NAMESPACES; index++)
        await api('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${index}` } })
      let done = 0
      await inParallel(members, 16, async ([group, index]) => {
        const { namespace } = nameOf(group, index)
        await api('POST', `/api/v1/namespaces/${namespace}/services`, service(group, index))
        await api('POST', `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, slice(group, index))
        await api('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, ingress(group, index))
        done += 3
        told(done)
      })
    },
    async addHost(group, index, host) {
      const api = await client(server())
      const { name, namespace } = nameOf(group, index)
      const { spec } = ingress(group, index, [host])
      await api('PATCH', `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`, { spec })
    },
  }
}

const nameOf = (group: number, index: number) => ({ name: `web-${group}-${index}`, namespace: `team-${group % NAMESPACES}` })

function service(group: number, index: number): object {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }]
  return { apiVersion: 'v1', kind: 'Service', metadata: nameOf(group, index), spec: { clusterIP: 'None', ports } }
}

/** One ready pod, in the private subnets of the network that the stage seeds. */
function slice(group: number, index: number): object {
  const { name, namespace } = nameOf(group, index)
  const place = group * 97 + index
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [`10.0.${48 + (Math.floor(place / 250) % 16)}.${4 + (place % 250)}`],
        conditions: { ready: true, serving: true, terminating: false },
      },
    ],
  }
}

/** The administrator's requests over connections that are kept: there are thirty thousand. */
async function client({ url, caFile, adminToken }: ApiServer) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: await readFile(caFile, 'utf8') })
  return (method: string, path: string, body: object): Promise<void> =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': type }
      const asked = request(`${url}${path}`, { agent, method, headers }, (response) => {
        response.resume().on('end', () => {
          if ((response.statusCode ?? 0) < 400) resolve()
          else reject(new Error(`${method} ${path}: ${response.statusCode}`))
        })
      })
      asked.on('error', reject)
      asked.end(JSON.stringify(body))
    })
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await work(item)
    }),
  )
}
