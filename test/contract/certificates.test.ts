import { createPrivateKey, X509Certificate } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asController } from '../../controllers/aws/as-controller.ts'
import type { AwsClients } from '../../controllers/aws/clients.ts'
import { certificatesEffects } from '../../controllers/certificates/controller.ts'
import { SECRETS } from '../../controllers/cluster/kubernetes.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { isReady } from '../../controllers/shared/change.ts'
import type { Ingress, Secret } from '../../controllers/shared/objects.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { awsAccount, type StartedAws, startAws } from '../support/aws.ts'
import { KubernetesStandin } from '../support/kubernetes-standin.ts'
import { serviceAccount } from '../support/service-account.ts'
import { Session } from '../support/session.ts'
import { type VaultStandIn, vaultStandIn } from '../support/vault-standin.ts'
import { contextOf, ingress, OBJECT, plan, profile, settings } from '../unit/certificates/fixtures.ts'

const signal = new AbortController().signal
const asServiceAccount = serviceAccount()
const HOST = 'www.example.com'
const web = ingress([HOST])
const earlier = () => realClock.now() - 25 * 86_400_000
const short: Settings = { ...settings, profiles: { ...settings.profiles, missing: { ...profile, role: 'nobody' } } }

describe('certificates against Kubernetes, Vault and ACM (real clock)', () => {
  let aws: StartedAws
  let clients: AwsClients
  let kubernetes: KubernetesStandin
  let vault: VaultStandIn
  /** What time it is for Vault and for us: a certificate of 25 days ago is still valid for ACM. */
  let time = realClock.now

  beforeAll(async () => {
    aws = await startAws({ config: { buckets: false } })
  })
  afterAll(() => aws[Symbol.asyncDispose]())
  afterEach(() => clients.close())
  beforeEach(async () => {
    await aws.reset()
    // A reset ends the sessions of all roles.
    clients = aws.clients({ limiter: { share: 1000 } })
    kubernetes = new KubernetesStandin({ clock: realClock, namespaces: [settings.ownNamespace] })
    vault = await vaultStandIn({ clock: { ...realClock, now: () => time() } })
  })

  const secrets = () => kubernetes.list<Secret>(SECRETS)
  const acm = () => clients.acm({ account: awsAccount, region: settings.region })
  const listed = async () =>
    (await acm().listCertificates({ Includes: { keyTypes: ['EC_prime256v1', 'RSA_2048'] } }, { signal }))
      .CertificateSummaryList ?? []
  const text = (secret: Secret | undefined, key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString()

  /** One process. It sees Secrets as they were when it began; what it wrote since it has to know itself. */
  function life(killAfter: number | null = null, now = realClock.now) {
    const session = new Session(killAfter)
    time = now
    const onCall = ({ verb }: { readonly verb: string }) => session.called(`kubernetes ${verb}`)
    const client = kubernetes.client({ fieldManager: 'fairlead', onCall, granted: asServiceAccount })
    session.onEnd(() => client.cut())
    const ports = {
      aws: session.aws(asController(clients, 'certificates')),
      vault: session.vault(vault),
      kubernetes: client,
      clock: { ...realClock, now },
      settings: short,
    }
    const effects = certificatesEffects(ports)
    const view = secrets()
    const died = new Promise<'died'>((resolve) => session.onEnd(() => resolve('died')))
    const context = (ingresses: readonly Ingress[]) => contextOf(ingresses, { now: now(), secrets: view, settings: short })
    const planned = (ingresses: readonly Ingress[]) => plan(context(ingresses), effects.observed(context(ingresses)))
    async function work(ingresses: readonly Ingress[]): Promise<void> {
      for (;;) {
        const { intent, changes } = planned(ingresses)
        await effects.refresh(context(ingresses), intent, { kind: 'missing' }, signal)
        await effects.refresh(context(ingresses), intent, { kind: 'waits', waits: changes.flatMap((item) => item.waits) }, signal)
        const next = planned(ingresses).changes.find(isReady)
        if (next === undefined) return
        await effects.apply(context(ingresses), [next], signal)
      }
    }
    /** Runs until nothing is left to do, or the process is dead. */
    const run = (ingresses: readonly Ingress[]) => Promise.race([work(ingresses).then(() => 'done' as const), died])
    return { session, effects, context, planned, run }
  }

  async function expectOneWhole(): Promise<void> {
    const [secret, ...others] = secrets()
    const certificates = await listed()
    expect([others.length, certificates.length]).toEqual([0, 1])
    const arn = certificates[0]?.CertificateArn ?? ''
    expect(secret?.metadata.annotations).toMatchObject({ 'fairlead.dev/arn': arn, 'fairlead.dev/state': 'imported' })
    expect(secret?.data).not.toHaveProperty('next.key')
    const leaf = new X509Certificate(text(secret, 'tls.crt'))
    expect(leaf.checkPrivateKey(createPrivateKey(text(secret, 'tls.key')))).toBe(true)
    const body = await acm().getCertificate({ CertificateArn: arn }, { signal })
    expect(new X509Certificate(body.Certificate ?? '').serialNumber).toBe(leaf.serialNumber)
  }

  it('issues, imports once with tags, and knows it all again', async () => {
    const one = life()
    await one.run([web])
    await expectOneWhole()
    expect(one.session.calls).toEqual([
      'kubernetes create',
      'vault sign',
      'kubernetes patch',
      'kubernetes patch',
      'acm importCertificate',
      'kubernetes patch',
    ])
    const again = life()
    await again.run([web])
    expect(again.session.calls).toEqual(['acm describeCertificate'])
    // The tag index lags.
    await expect.poll(() => again.effects.inventory(signal), { timeout: 20_000 }).toEqual(['ingress/games/web'])
  })

  it('renews with a new key under the same ARN', async () => {
    await life(null, earlier).run([web])
    const [before] = await listed()
    const key = text(secrets()[0], 'tls.key')
    const later = life()
    await later.run([web])
    expect(later.session.calls.filter((call) => call.startsWith('acm'))).toEqual([
      'acm describeCertificate',
      'acm importCertificate',
    ])
    expect((await listed())[0]?.CertificateArn).toBe(before?.CertificateArn)
    expect(text(secrets()[0], 'tls.key')).not.toBe(key)
    await expectOneWhole()
  })

  it('adds a host under the same ARN', async () => {
    const one = life()
    await one.run([web])
    await one.run([ingress([HOST, '*.example.com'])])
    await expectOneWhole()
    expect(new X509Certificate(text(secrets()[0], 'tls.crt')).subjectAltName).toContain('DNS:*.example.com')
  })

  it('removes all of it when nobody wants it', async () => {
    await life().run([web])
    await life().run([])
    expect([secrets(), await listed()]).toEqual([[], []])
  })

  it('leaves one certificate with its key in one Secret, whatever call it dies after', async () => {
    for (let killAfter = 1; killAfter <= 6; killAfter++) {
      expect(await life(killAfter, earlier).run([web])).toBe('died')
      expect(await life(null, earlier).run([web])).toBe('done')
      await expectOneWhole()
      expect(await life(1 + killAfter).run([web])).toBe(killAfter <= 5 ? 'died' : 'done')
      expect(await life().run([web])).toBe('done')
      await expectOneWhole()
      await life(1 + (killAfter % 4)).run([])
      await life().run([])
      expect([secrets(), await listed()]).toEqual([[], []])
    }
  })

  it('finds the certificate of an import whose answer was lost', async () => {
    await aws.faults([{ service: 'acm', operation: 'ImportCertificate', nth: 1, kind: 'after-reset' }])
    const one = life()
    await expect(one.run([web])).rejects.toMatchObject({ doubtful: true })
    await aws.clearFaults()
    await one.run([web])
    await expectOneWhole()
    expect(one.session.calls.filter((call) => call === 'acm importCertificate')).toHaveLength(1)
  })

  it('imports again what was removed by hand, and what was replaced by hand', async () => {
    await life().run([web])
    await acm().deleteCertificate({ CertificateArn: (await listed())[0]?.CertificateArn ?? '' }, { signal })
    const one = life()
    await one.run([web])
    await expectOneWhole()
    expect(one.session.calls).not.toContain('vault sign')
  })

  it.each([
    ['a host that the role refuses', ingress(['www.elsewhere.test']), 'VaultRefusedHost', /refuses: .*www\.elsewhere\.test/],
    [
      'a role that does not exist',
      ingress([HOST], { 'fairlead.dev/certificate': 'vault', 'fairlead.dev/certificate-profile': 'missing' }),
      'VaultRoleNotFound',
      /certificate-profile.*does not exist: .*nobody/,
    ],
  ])('tells the object of %s, in the words of Vault', async (_what, item, code, message) => {
    await expect(life().run([item])).rejects.toMatchObject({
      kind: 'refused',
      finding: { code, severity: 'blocking', object: OBJECT, message: expect.stringMatching(message) },
    })
    expect(await listed()).toEqual([])
  })
})
