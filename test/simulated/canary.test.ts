import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubernetesError } from '../../controllers/cluster/errors.ts'
import { EVENTS, INGRESSES, LEASES } from '../../controllers/cluster/kubernetes.ts'
import { awsAccount, type StartedAws } from '../support/aws.ts'
import { CanaryOutputs } from '../support/canary-outputs.ts'
import { OUTAGES } from '../support/outages.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { sizeOf } from '../support/sizes.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
/** Of each service one way to be down in `npm test`, all of them in `npm run test:long`; who does not answer says nothing. */
const exhaustive = sizeOf({ quick: 0, bounded: 0, long: 1 }) === 1
const outages = OUTAGES.flatMap((ways, index) => (exhaustive ? ways : [ways[index % ways.length]!])).filter(
  ({ how }) => how !== 'hangs',
)
const VAULT_TOKEN = 'hvs.CAESIKcanaryB7t3Zb0n3x9mQ2vYw8Rr5uLk1pJd6hGf4sEa-XyZcanary'
const JWT = `eyJhbGciOiJSUzI1NiIsImtpZCI6ImNhbmFyeSJ9.${'eyJjYW5hcnkiOiJ0b2tlbiJ9'.repeat(3)}.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5LXRva2Vu`
const CREDENTIALS = {
  accessKeyId: `AKIA${awsAccount}TEST`,
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYcanaryKEY1',
  sessionToken: `IQoJb3JpZ2luX2VjEcanary${'//b8vQ3+Rt9LzX2mKp7Wc5Yd1Hs6Ng4Ja0'.repeat(8)}==`,
}

describe('no secret in anything that is said (simulated clock)', () => {
  it('with everything that can fail failing, and answers that repeat what was sent', { timeout: 900_000 }, async () => {
    await using stage = await simulatedStage({ aws, config: { logLevel: 'trace' }, credentials: CREDENTIALS })
    const outputs = new CanaryOutputs(stage)
    const { secretAccessKey, sessionToken } = CREDENTIALS
    for (const [name, value] of Object.entries({ VAULT_TOKEN, JWT, secretAccessKey, sessionToken }))
      outputs.canaries.plant(name, value)
    givenIngressClass(stage.kubernetes)
    for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
    givenIngress(stage.kubernetes)
    const life = stage.start()
    const trouble = (await fresh(stage)).name
    for (const [code, status] of VAULT_REFUSALS) {
      stage.vault.fail({
        code,
        status,
        // The key is in its Secret before the certificate is asked for: what is refused repeats it.
        get vaultMessage() {
          outputs.plantKeys()
          return `${code}: ${echo(outputs)}`
        },
      })
      await fresh(stage)
    }
    await outputs.commands(`games/${trouble}`, `${trouble}.example.com`)
    for (const refusal of AWS_REFUSALS) {
      // Once its key is known, everything goes on up to the call that is refused.
      stage.vault.fail({ code: 'sealed', status: 503 })
      const { name, host } = await fresh(stage)
      await aws.faults([{ every: 1, kind: 'error', status: 400, message: `1 error detected: ${echo(outputs)}`, ...refusal }])
      stage.vault.fail(null)
      await stage.clock.advance(3 * MINUTE)
      if (refusal.service !== 'ec2') await outputs.commands(`games/${name}`, host)
      await aws.clearFaults()
    }
    for (const error of kubernetesEchoes(outputs)) {
      stage.kubernetes.fail({ on: ({ kind }) => kind !== LEASES.kind, mode: 'before', error: () => error, times: 20 })
      await fresh(stage)
    }
    for (const outage of outages) {
      const end = await outage.begin(stage)
      givenEndpoints(stage.kubernetes, 'games', 'game', [`10.0.48.${100 + (count++ % 100)}`])
      await stage.clock.advance(MINUTE)
      await end()
    }
    const names = stage.kubernetes.list(INGRESSES).map((item) => item.metadata.name)
    await stage.clock.runUntil(() => names.every((name) => isServed(stage.kubernetes, 'games', name)), {
      deadlineMs: 180 * MINUTE,
    })
    await outputs.commands('games/game', 'game.example.com')
    await outputs.collect(life)
    for (const name of names) stage.kubernetes.delete(INGRESSES, { namespace: 'games', name })
    await stage.clock.runUntil(() => stage.kubernetes.list(INGRESSES).length === 0, { deadlineMs: 180 * MINUTE })
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
    expect(outputs.leaks().slice(0, 20)).toEqual([])
  })
})

/** One more Ingress, and a minute for it: whatever fails is tried for it at once, whatever pause the others are in. */
let count = 0
async function fresh(stage: SimulatedStage): Promise<{ readonly name: string; readonly host: string }> {
  const name = `game-${count++}`
  const host = `${name}.example.com`
  givenIngress(stage.kubernetes, { name, host })
  await stage.clock.advance(MINUTE)
  return { name, host }
}

const VAULT_REFUSALS = [
  ['role-refused', 400],
  ['unknown-role', 400],
  ['forbidden', 403],
  ['unavailable', 500],
] as const

const AWS_REFUSALS = [
  { service: 'acm', operation: 'ImportCertificate', code: 'ValidationException' },
  { service: 'acm', operation: 'ImportCertificate', code: 'LimitExceededException' },
  { service: 'elbv2', operation: 'CreateLoadBalancer', code: 'ValidationError' },
  { service: 'elbv2', operation: 'DescribeLoadBalancers', code: 'InvalidClientTokenId', status: 403 },
  { service: 'ec2', operation: 'CreateSecurityGroup', code: 'UnauthorizedOperation', status: 403 },
  { service: 'route53', operation: 'ChangeResourceRecordSets', code: 'InvalidChangeBatch' },
  { service: 'route53', operation: 'ListHostedZones', code: 'ExpiredToken', status: 403 },
] as const

/** What was sent, as a careless server says it again. */
function echo(outputs: CanaryOutputs): string {
  const secrets = [VAULT_TOKEN, JWT, CREDENTIALS.sessionToken, ...outputs.keys().slice(-3)]
  return secrets.map((text) => [text, JSON.stringify({ text }), base64(text), encodeURIComponent(text)].join(' ')).join(' and ')
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function kubernetesEchoes(outputs: CanaryOutputs): readonly Error[] {
  const body = { data: Object.fromEntries(outputs.keys().map((key, index) => [`tls.${index}`, base64(key)])) }
  const what = `patch secrets: ${JSON.stringify(body)} ${echo(outputs)}`
  return [
    new KubernetesError({ code: 'KUBERNETES_INVALID', status: 422, what }),
    new KubernetesError({ code: 'KUBERNETES_SERVER_ERROR', status: 500, what }),
    new Error(what),
  ]
}
