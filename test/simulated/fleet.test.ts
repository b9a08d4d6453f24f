import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EVENTS, INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import type { Ingress } from '../../controllers/shared/objects.ts'
import type { StartedAws } from '../support/aws.ts'
import { census, NOTHING_LEFT } from '../support/remains.ts'
import { simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

const MINUTE = 60_000
const GROUPS = 3
const PER_GROUP = 90
const READS = /^(Describe|Get|List|Assume)/

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

describe('a fleet of Ingresses (simulated clock)', () => {
  it('converges against the enforced buckets without a throttling error', { timeout: 600_000 }, async () => {
    await using stage = await simulatedStage({ aws })
    givenIngressClass(stage.kubernetes)
    for (let group = 0; group < GROUPS; group++) {
      for (let index = 0; index < PER_GROUP; index++) {
        const name = `web-${group}-${index}`
        givenService(stage.kubernetes, 'games', name, 1)
        givenIngress(stage.kubernetes, {
          name,
          // The first of each group brings the wildcard certificate that serves all of it.
          host: index === 0 ? `*.g${group}.example.com` : `h${index}.g${group}.example.com`,
          paths: { '/': name },
          annotations: {
            'alb.ingress.kubernetes.io/group.name': `g${group}`,
            'alb.ingress.kubernetes.io/listen-ports': '[{"HTTP":80},{"HTTPS":443}]',
            'alb.ingress.kubernetes.io/ssl-redirect': '443',
            'fairlead.dev/certificate': index === 0 ? 'vault' : '',
          },
        })
      }
    }
    const life = stage.start()
    const served = () =>
      stage.kubernetes.list<Ingress>(INGRESSES).filter((item) => isServed(stage.kubernetes, 'games', item.metadata.name)).length
    await stage.clock
      .runUntil(() => served() === GROUPS * PER_GROUP, { deadlineMs: 60 * MINUTE })
      .catch((error: unknown) => {
        const open = stage.kubernetes
          .list<Ingress>(INGRESSES)
          .find((item) => !isServed(stage.kubernetes, 'games', item.metadata.name))
        throw new Error(
          `${served()} served: ${error}\n${life.log.slice(-5).join('')}${JSON.stringify(open?.metadata.annotations)}`,
        )
      })
    const calls = await aws.calls()
    const throttled = calls.filter((call) => /Thrott|RequestLimitExceeded|PriorRequestNotComplete/.test(call.errorCode ?? ''))
    expect(throttled).toEqual([])
    const all = GROUPS * PER_GROUP
    const made: Record<string, number> = {}
    for (const { operation } of calls) if (!READS.test(operation)) made[operation] = (made[operation] ?? 0) + 1
    const { ChangeResourceRecordSets: batches = 0, ...writes } = made
    expect(writes).toEqual({
      CreateSecurityGroup: GROUPS,
      AuthorizeSecurityGroupIngress: GROUPS,
      CreateLoadBalancer: GROUPS,
      CreateListener: 2 * GROUPS,
      CreateTargetGroup: all,
      CreateRule: all,
      RegisterTargets: all,
      ImportCertificate: GROUPS,
      ChangeTagsForResource: 2,
    })
    // As many hosts as are ready go in one batch; one is sent at a time.
    expect(batches).toBeLessThan(all / 4)
    expect(calls.filter((call) => call.status >= 400).map((call) => `${call.operation} ${call.errorCode}`)).toEqual(
      calls
        .filter((call) => /NotFound$/.test(call.errorCode ?? '') && /^Describe/.test(call.operation))
        .map((call) => `${call.operation} ${call.errorCode}`),
    )
    process.stdout.write(
      `${all} Ingresses in ${Math.round(stage.clock.monotonic() / 1000)} simulated s; ${calls.length} AWS calls, ${batches} of them Route53 writes\n`,
    )
  })
})

const BAD: Readonly<Record<string, Parameters<typeof givenIngress>[1]>> = {
  UnknownAnnotation: { annotations: { 'alb.ingress.kubernetes.io/sheme': 'internal' } },
  HostNotDnsName: { host: 'not_a_host.example.com' },
  ServiceNotFound: { paths: { '/': 'missing' } },
  ServicePortNotFound: { port: 81 },
  NoSubnets: { annotations: { 'alb.ingress.kubernetes.io/subnets': 'subnet-0aaaaaaaaaaaaaaaa,subnet-0bbbbbbbbbbbbbbbb' } },
  VaultRefusedHost: { host: 'www.elsewhere.test' },
  VaultRoleNotFound: { annotations: { 'fairlead.dev/certificate-profile': 'gone' } },
  InvalidAnnotation: { annotations: { 'alb.ingress.kubernetes.io/healthcheck-interval-seconds': 'soon' } },
}

describe('bad input in a group of 30 (simulated clock)', () => {
  it('is told on its own object, and disturbs nobody', { timeout: 600_000 }, async () => {
    const profile = { mount: 'pki_int', role: 'web', keyType: 'rsa-2048' }
    await using stage = await simulatedStage({
      aws,
      config: { profiles: { default: profile, gone: { ...profile, role: 'gone' } } },
    })
    givenIngressClass(stage.kubernetes)
    givenService(stage.kubernetes, 'games', 'game')
    const inGroup = { 'alb.ingress.kubernetes.io/group.name': 'thirty' }
    const bad = Object.keys(BAD)
    for (const code of bad) {
      const options = BAD[code] ?? {}
      givenIngress(stage.kubernetes, {
        host: `${code.toLowerCase()}.example.com`,
        paths: { '/': 'game' },
        ...options,
        name: code.toLowerCase(),
        annotations: { ...inGroup, ...options.annotations },
      })
    }
    const good = Array.from({ length: 30 - bad.length - 1 }, (_, index) => `good-${index}`)
    for (const name of good)
      givenIngress(stage.kubernetes, {
        name,
        host: `${name}.example.com`,
        paths: { '/': 'game' },
        annotations: {
          ...inGroup,
        },
      })
    // The host of the first good one, claimed again by a younger object.
    await stage.clock.advance(1000)
    givenIngress(stage.kubernetes, {
      name: 'duplicate',
      host: 'good-0.example.com',
      paths: { '/': 'game' },
      annotations: inGroup,
    })
    const life = stage.start()
    const needed = good
    await stage.clock
      .runUntil(() => needed.every((name) => isServed(stage.kubernetes, 'games', name)), { deadlineMs: 20 * MINUTE })
      .catch((error: unknown) => {
        throw new Error(
          `${error}\n${life.log.slice(-12).join('')}${JSON.stringify(stage.kubernetes.get(INGRESSES, { namespace: 'games', name: 'good-0' })?.metadata.annotations)}`,
        )
      })
    await stage.clock.advance(5 * MINUTE)
    const events = stage.kubernetes.list(EVENTS) as unknown as readonly {
      reason: string
      type: string
      note: string
      regarding: { name: string }
    }[]
    const told = (name: string) =>
      events.filter((event) => event.regarding.name === name && event.type === 'Warning').map((event) => event.reason)
    for (const code of bad) expect(told(code.toLowerCase()), code).toContain(code)
    expect(told('duplicate')).toContain('DuplicateHostPath')
    for (const event of events.filter((item) => item.type === 'Warning'))
      expect(event.note.length, event.reason).toBeGreaterThan(20)
    // Each of the bad ones leaves alone, while the group serves.
    for (const name of [...bad.map((code) => code.toLowerCase()), 'duplicate']) {
      stage.kubernetes.delete(INGRESSES, { namespace: 'games', name })
      await stage.clock
        .runUntil(() => stage.kubernetes.get(INGRESSES, { namespace: 'games', name }) === null, { deadlineMs: 10 * MINUTE })
        .catch((error: unknown) => {
          const { metadata } = stage.kubernetes.get(INGRESSES, { namespace: 'games', name })!
          throw new Error(`${name}: ${JSON.stringify(metadata)}\n${life.log.slice(-12).join('')}`, { cause: error })
        })
    }
    expect(good.filter((name) => !isServed(stage.kubernetes, 'games', name))).toEqual([])
    for (const name of good) stage.kubernetes.delete(INGRESSES, { namespace: 'games', name })
    await stage.clock
      .runUntil(() => stage.kubernetes.list(INGRESSES).length === 0, { deadlineMs: 30 * MINUTE })
      .catch((error: unknown) => {
        throw new Error(
          `${error}\nleft: ${stage.kubernetes.list(INGRESSES).map((item) => item.metadata.name)}\n${life.log.slice(-12).join('')}`,
        )
      })
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })
})
