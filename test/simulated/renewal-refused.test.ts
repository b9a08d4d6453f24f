import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INGRESSES, SECRETS } from '../../controllers/cluster/kubernetes.ts'
import type { Ingress, Secret } from '../../controllers/shared/objects.ts'
import type { StartedAws } from '../support/aws.ts'
import { simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

const MINUTE = 60_000
const GAME = { namespace: 'games', name: 'game' }
const BAD = 'game.elsewhere.test'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

describe('a host that Vault refuses, beside one that is served (simulated clock)', () => {
  it('does not let the certificate of the served one expire, and goes when it is taken back', async () => {
    const short = { mount: 'pki_int', role: 'web-short', keyType: 'rsa-2048', ttlSeconds: 3600, renewBeforeSeconds: 900 }
    await using stage = await simulatedStage({ aws, config: { profiles: { default: short } } })
    givenIngressClass(stage.kubernetes)
    givenService(stage.kubernetes, 'games', 'game')
    const life = stage.start()
    givenIngress(stage.kubernetes, { paths: { '/': 'game' } })
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 5 * MINUTE })
    const leaf = () => {
      const data = stage.kubernetes.list<Secret>(SECRETS).find((one) => one.data?.['tls.crt'] !== undefined)?.data
      return new X509Certificate(Buffer.from(data?.['tls.crt'] ?? '', 'base64'))
    }
    const { spec } = stage.kubernetes.get<Ingress>(INGRESSES, GAME)!
    const given = (hosts: readonly string[]) =>
      stage.kubernetes.apply(INGRESSES, {
        ...stage.kubernetes.get<Ingress>(INGRESSES, GAME)!,
        spec: { ...spec, rules: hosts.map((host) => ({ ...spec.rules![0]!, host })) },
      })
    given(['game.example.com', BAD])
    for (let quarter = 0; quarter < 10; quarter++) {
      await stage.clock.advance(15 * MINUTE)
      expect(leaf().validToDate.getTime(), life.log.slice(-5).join('')).toBeGreaterThan(stage.clock.now())
    }
    expect(leaf().subjectAltName).toBe('DNS:game.example.com')
    // A renewal every half an hour or so, and nothing that goes round in circles.
    expect(stage.vault.signed().length).toBeLessThanOrEqual(8)
    expect(life.log.filter((line) => line.includes('"applied"')).length).toBeLessThan(60)
    expect(life.log.join('')).toContain(`${BAD} not allowed`)
    given(['game.example.com', 'play.example.com'])
    await stage.clock.runUntil(() => leaf().subjectAltName?.includes('play.example.com') === true, { deadlineMs: 5 * MINUTE })
  })
})
