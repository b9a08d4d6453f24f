import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubeRequest } from '../env/kube-api.ts'
import { leftovers } from '../env/proof.ts'
import { NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { auditedRequests, forbidden } from '../support/audit-log.ts'

const ALB = 'alb.ingress.kubernetes.io/'
const PATHS = 'spec.rules[0].http.paths[0]'

type Bad = {
  readonly name: string
  readonly host?: string
  readonly path?: string
  readonly service?: string
  readonly port?: number
  readonly annotations?: Readonly<Record<string, string>>
  /** The reason of the Warning, and what its note has to say: the annotation or field, what was read, what would be right. */
  readonly reason: string
  readonly says: readonly string[]
  /** A second Warning, of what follows from the first. */
  readonly also?: string
  /** It is told, and served all the same. */
  readonly served?: true
}

const BAD: readonly Bad[] = [
  {
    name: 'unknown-annotation',
    annotations: { [`${ALB}sheme`]: 'internal' },
    reason: 'UnknownAnnotation',
    says: [`Annotation ${ALB}sheme`, `did you mean ${ALB}scheme?`],
    served: true,
  },
  {
    name: 'not-a-dns-name',
    host: 'localhost',
    reason: 'HostNotDnsName',
    says: ['spec.rules[0].host', '"localhost"', 'a DNS name of at least two labels'],
    also: 'NoHosts',
  },
  {
    name: 'no-service',
    service: 'gmae',
    reason: 'ServiceNotFound',
    says: [`${PATHS}.backend.service.name`, 'There is no Service gmae', 'the name of a Service in the namespace of the Ingress'],
  },
  {
    name: 'no-port',
    port: 8081,
    reason: 'ServicePortNotFound',
    says: [`${PATHS}.backend.service.port`, 'Service game has no port 8081', 'one of 80 (http)'],
  },
  {
    name: 'no-subnets',
    annotations: { [`${ALB}subnets`]: 'attic,cellar' },
    reason: 'NoSubnets',
    says: [`${ALB}subnets`, 'there is no attic'],
  },
  {
    name: 'vault-refuses',
    host: 'vault-refuses.example.io',
    reason: 'VaultRefusedHost',
    says: ['Annotation fairlead.dev/certificate', 'vault-refuses.example.io', 'role web of mount pki_int', 'not allowed'],
  },
  {
    name: 'no-profile',
    annotations: { 'fairlead.dev/certificate-profile': 'defualt' },
    reason: 'UnknownProfile',
    says: ['Annotation fairlead.dev/certificate-profile is "defualt"', 'expected default'],
    also: 'NoCertificateForHost',
  },
  {
    name: 'no-vault-role',
    annotations: { 'fairlead.dev/certificate-profile': 'roleless' },
    reason: 'VaultRoleNotFound',
    says: ['Annotation fairlead.dev/certificate-profile', 'role nobody-made-it', 'a profile whose role exists in Vault default'],
  },
  {
    name: 'same-host',
    host: 'healthy.example.com',
    reason: 'HostClaimed',
    says: ['spec.rules', 'healthy.example.com is claimed by an older object', 'a host that no older object claims'],
  },
  {
    name: 'same-path',
    host: 'grouped.example.com',
    annotations: { [`${ALB}group.name`]: 'shared' },
    reason: 'DuplicateHostPath',
    says: [PATHS, 'grouped.example.com/ belongs to an older Ingress', 'a host and path that no older Ingress of the group has'],
  },
]

const profile = { mount: 'pki_int', keyType: 'ec-p256', ttlSeconds: 2_592_000 }

describe('bad input on real servers (real clock)', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage({
      zones: ['example.com', 'example.io'],
      config: { profiles: { default: { ...profile, role: 'web' }, roleless: { ...profile, role: 'nobody-made-it' } } },
    })
    // What the API server says about some of it at once is shown elsewhere; here it says nothing, as about what was there before.
    await stage.kubectl('delete', 'validatingadmissionpolicybinding', 'fairlead-ingress')
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    await stage.kubectl('delete', 'ingress', 'game', '-n', 'games')
    stage.fairlead.start()
    // The rightful owners of host and path are there first: creation times are told in whole seconds.
    for (const name of ['healthy', 'grouped']) {
      const annotations = name === 'grouped' ? { [`${ALB}group.name`]: 'shared' } : {}
      await applyIngress(stage, { name, annotations })
    }
    for (const name of ['healthy', 'grouped']) await until(`${name} is served`, () => isServed(stage, name), { everyMs: 200 })
    for (const bad of BAD) await applyIngress(stage, bad)
  })
  afterAll(() => stage?.stop())

  it.each(BAD)('$name: a Warning $reason names what was read and what would be right', async ({ name, reason, says, served }) => {
    const note = await until(`${name} is told ${reason}`, async () => (await warningsOf(stage, name)).get(reason), {
      seconds: 20,
      everyMs: 200,
    }).catch(async (error: unknown) => {
      throw new Error(`${error}; told: ${JSON.stringify([...(await warningsOf(stage, name))])}`)
    })
    for (const words of says) expect(note).toContain(words)
    if (served) await until(`${name} is served`, () => isServed(stage, name), { seconds: 20, everyMs: 200 })
    else expect(await isServed(stage, name)).toBe(false)
  })

  it('says nothing else to any of them', async () => {
    for (const { name, reason, also = [] } of BAD)
      expect([...(await warningsOf(stage, name)).keys()].sort(), name).toEqual([reason, also].flat().sort())
  })

  it('leaves every other Ingress alone, also those that come later', async () => {
    await applyIngress(stage, { name: 'later' })
    await applyIngress(stage, { name: 'later-grouped', annotations: { [`${ALB}group.name`]: 'shared' } })
    for (const name of ['later', 'later-grouped'])
      await until(`${name} is served`, () => isServed(stage, name), { seconds: 20, everyMs: 200 })
    for (const name of ['healthy', 'grouped', 'later', 'later-grouped']) {
      expect(await isServed(stage, name), name).toBe(true)
      expect([...(await warningsOf(stage, name))], name).toEqual([])
    }
  })

  it('is refused by the API server already where a host has letters that no name has', async () => {
    await expect(applyIngress(stage, { name: 'odd', host: 'my_game!.example.com' })).rejects.toThrow(/spec.rules\[0\].host/)
  })

  it('lets each of them go, and then the healthy ones, and leaves nothing', async () => {
    const remove = (names: readonly string[]) =>
      stage.kubectl('delete', 'ingress', '-n', 'games', ...names, '--wait=true', '--timeout=60s')
    await remove(BAD.map((bad) => bad.name))
    for (const name of ['healthy', 'grouped', 'later', 'later-grouped']) expect(await isServed(stage, name), name).toBe(true)
    await remove(['healthy', 'grouped', 'later', 'later-grouped'])
    await until('nothing is left', async () => (await leftovers(stage)).length === 0, { seconds: 30 }).catch(() => undefined)
    expect(await leftovers(stage)).toEqual([])
  })

  it('needed no permission beyond those generated', async () => {
    const requests = await auditedRequests(stage.environment.auditLog, { namespace: NAMESPACE, name: 'fairlead' })
    expect(forbidden(requests)).toEqual([])
    expect(readFileSync(stage.fairlead.logFile, 'utf8')).not.toContain('PLANNER_NEVER_RESTS')
  })
})

async function applyIngress(
  stage: Stage,
  wish: Pick<Bad, 'name' | 'host' | 'path' | 'service' | 'port' | 'annotations'>,
): Promise<void> {
  const { name, host = `${name}.example.com`, path = '/', service = 'game', port = 80, annotations = {} } = wish
  const backend = { service: { name: service, port: { number: port } } }
  await kubeRequest(stage.environment.apiServer, '/apis/networking.k8s.io/v1/namespaces/games/ingresses', {
    method: 'POST',
    body: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name,
        namespace: 'games',
        annotations: {
          [`${ALB}scheme`]: 'internet-facing',
          [`${ALB}target-type`]: 'ip',
          'fairlead.dev/certificate': 'vault',
          ...annotations,
        },
      },
      spec: {
        ingressClassName: 'fairlead',
        rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }],
      },
    },
  })
}

async function isServed(stage: Stage, name: string): Promise<boolean> {
  const ready = '{.metadata.annotations.fairlead\\.dev/ready}'
  return (await stage.kubectl('get', 'ingress', name, '-n', 'games', '-o', `jsonpath=${ready}`)) === 'true'
}

/** The Warnings on an Ingress: note by reason. */
async function warningsOf(stage: Stage, name: string): Promise<ReadonlyMap<string, string>> {
  const text = await stage.kubectl('get', 'events.events.k8s.io', '-n', 'games', '-o', 'json')
  type Event = {
    readonly type: string
    readonly reason: string
    readonly note: string
    readonly regarding: { readonly kind: string; readonly name: string }
    readonly reportingController: string
  }
  const { items } = JSON.parse(text) as { items: readonly Event[] }
  const mine = items.filter(
    (event) =>
      event.reportingController === 'fairlead.dev/controller' &&
      event.type === 'Warning' &&
      event.regarding.kind === 'Ingress' &&
      event.regarding.name === name,
  )
  return new Map(mine.map((event) => [event.reason, event.note]))
}
