import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubernetesError } from '../../controllers/cluster/errors.ts'
import { EVENTS, INGRESSES, LEASES } from '../../controllers/cluster/kubernetes.ts'
import { type AwsFault, awsAccount, type StartedAws } from '../support/aws.ts'
import { CanaryOutputs } from '../support/canary-outputs.ts'
import { OUTAGES } from '../support/outages.ts'
import { census, NOTHING_LEFT } from '../support/remains.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const VAULT_TOKEN = 'hvs.CAESIKcanaryB7t3Zb0n3x9mQ2vYw8Rr5uLk1pJd6hGf4sEa-XyZcanary'
const JWT = `eyJhbGciOiJSUzI1NiIsImtpZCI6ImNhbmFyeSJ9.${'eyJjYW5hcnkiOiJ0b2tlbiJ9'.repeat(3)}.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5LXRva2Vu`
const CREDENTIALS = {
  accessKeyId: `AKIA${awsAccount}TEST`,
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYcanaryKEY1',
  sessionToken: `IQoJb3JpZ2luX2VjEcanary${'//b8vQ3+Rt9LzX2mKp7Wc5Yd1Hs6Ng4Ja0'.repeat(8)}==`,
}
const HTTP_TOKEN = 'canary-7Hq2"with\\signs&in=it'

describe('no secret in anything that is said (simulated clock)', () => {
  it('with everything that can fail failing, and answers that repeat what was sent', { timeout: 300_000 }, async () => {
    await using stage = await simulatedStage({ aws, config: { logLevel: 'trace' }, credentials: CREDENTIALS })
    const outputs = new CanaryOutputs(stage)
    const { secretAccessKey, sessionToken } = CREDENTIALS
    for (const [name, value] of Object.entries({ VAULT_TOKEN, JWT, HTTP_TOKEN, secretAccessKey, sessionToken }))
      outputs.canaries.plant(name, value)
    givenIngressClass(stage.kubernetes)
    for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
    givenIngress(stage.kubernetes)
    const life = stage.start()

    // The key is there before the certificate: what is refused then repeats it.
    stage.vault.fail({ code: 'sealed', status: 503 })
    await stage.clock
      .runUntil(() => outputs.keys().length > 0, { deadlineMs: 10 * MINUTE })
      .catch((error: unknown) => {
        throw new Error(`no key: ${error}\n${life.log.slice(-10).join('')}`)
      })
    for (const [code, status] of [
      ['role-refused', 400],
      ['unknown-role', 400],
      ['forbidden', 403],
      ['unavailable', 500],
    ] as const) {
      stage.vault.fail({ code, status, vaultMessage: `${code}: ${echo(outputs)}` })
      await touched(stage)
      await outputs.commands('games/game', 'game.example.com')
    }
    stage.vault.fail(null)
    for (const fault of awsEchoes(outputs)) {
      await aws.faults([fault])
      await touched(stage)
      await outputs.commands('games/game', 'game.example.com')
      await aws.clearFaults()
      await touched(stage)
    }
    for (const error of kubernetesEchoes(outputs)) {
      stage.kubernetes.fail({ on: ({ kind }) => kind !== LEASES.kind, mode: 'before', error: () => error, times: 20 })
      await touched(stage)
    }
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 120 * MINUTE })
    for (const outage of OUTAGES.flat()) {
      const end = await outage.begin(stage)
      await touched(stage)
      await end()
    }
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 120 * MINUTE })
    await outputs.commands('games/game', 'game.example.com')
    await outputs.collect(life)
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    await stage.clock.advance(30 * MINUTE)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
    await life.stop()
    await outputs.collect(life)

    const sizes = outputs.sizes()
    process.stdout.write(`${outputs.canaries.size} secrets, searched in ${JSON.stringify(sizes)} characters\n`)
    // Whatever is not there cannot hold a secret.
    for (const where of [
      'log',
      'audit',
      'metrics',
      'error',
      'Event',
      'Ingress',
      'plan',
      'plan as JSON',
      'status',
      'explain ingress, text',
    ])
      expect(sizes[where], where).toBeGreaterThan(100)
    expect(JSON.stringify(stage.kubernetes.list(EVENTS))).toContain('[redacted]')
    expect(life.log.filter((line) => line.includes('"level":"debug"')).length).toBeGreaterThan(10)
    expect(outputs.leaks()).toEqual([])
  })
})

/** Something changes, so that what failed is tried again, and time passes. */
let pods = 0
async function touched(stage: SimulatedStage): Promise<void> {
  const more = `10.0.48.${100 + (pods++ % 100)}`
  givenEndpoints(stage.kubernetes, 'games', 'game', [more])
  const annotations = { 'alb.ingress.kubernetes.io/healthcheck-interval-seconds': String(10 + (pods % 100)) }
  givenIngress(stage.kubernetes, { annotations, host: 'game.example.com' })
  await stage.clock.advance(15 * MINUTE)
}

/** What was sent, as a careless server says it again. */
function echo(outputs: CanaryOutputs, extra: readonly string[] = []): string {
  const secrets = [VAULT_TOKEN, JWT, HTTP_TOKEN, CREDENTIALS.sessionToken, ...outputs.keys(), ...extra]
  return secrets.map((text) => [text, JSON.stringify({ text }), base64(text), encodeURIComponent(text)].join(' ')).join(' and ')
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function awsEchoes(outputs: CanaryOutputs): readonly AwsFault[] {
  const message = () => `1 validation error detected: ${echo(outputs)}`
  const refusal = (service: string, operation: string, code: string, status = 400): AwsFault => ({
    service,
    operation,
    every: 1,
    kind: 'error',
    code,
    status,
    message: message(),
  })
  return [
    refusal('acm', 'ImportCertificate', 'ValidationException'),
    refusal('acm', 'ImportCertificate', 'LimitExceededException'),
    refusal('acm', 'ImportCertificate', 'AccessDeniedException'),
    refusal('elbv2', 'CreateLoadBalancer', 'ValidationError'),
    refusal('elbv2', 'CreateTargetGroup', 'InvalidConfigurationRequest'),
    refusal('elbv2', 'DescribeLoadBalancers', 'InvalidClientTokenId', 403),
    refusal('ec2', 'CreateSecurityGroup', 'UnauthorizedOperation', 403),
    refusal('route53', 'ChangeResourceRecordSets', 'InvalidChangeBatch'),
    refusal('route53', 'ListHostedZones', 'ExpiredToken', 403),
  ]
}

function kubernetesEchoes(outputs: CanaryOutputs): readonly Error[] {
  const body = { data: Object.fromEntries(outputs.keys().map((key, index) => [`tls.${index}`, base64(key)])) }
  const what = `patch secrets: ${JSON.stringify(body)} ${echo(outputs)}`
  return [
    new KubernetesError({ code: 'KUBERNETES_INVALID', status: 422, what }),
    new KubernetesError({ code: 'KUBERNETES_SERVER_ERROR', status: 500, what }),
    new Error(what),
  ]
}
