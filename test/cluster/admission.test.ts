import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalHost } from '../../controllers/shared/hosts.ts'
import type { Namespace } from '../../controllers/shared/objects.ts'
import { grantOf, isGranted } from '../../controllers/shared/tenancy-grant.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { kubeApply, kubeRequest } from '../env/kube-api.ts'
import { serviceAccountToken } from '../env/kubeconfig.ts'
import { ask } from '../env/probe.ts'
import { until } from '../env/until.ts'
import { admissionPolicies } from '../support/generated-admission.ts'
import { HOSTS, PATTERNS } from '../support/hosts-and-patterns.ts'

const INGRESSES = (namespace: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`
const PLURALS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
}

type Web = {
  readonly hosts?: readonly string[]
  readonly tls?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly ingressClassName?: string
  readonly finalizers?: readonly string[]
}
const web = (
  name: string,
  { hosts = ['shop.example.com'], tls, annotations = {}, ingressClassName = 'fairlead', finalizers }: Web,
) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, annotations, ...(finalizers === undefined ? {} : { finalizers }) },
  spec: {
    ingressClassName,
    rules: hosts.map((host) => ({
      host,
      http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
    })),
    ...(tls === undefined ? {} : { tls: [{ hosts: tls }] }),
  },
})

/** What the controller manager finds when it compiles a policy for the types it is about. */
type Checked = {
  readonly status?: {
    readonly observedGeneration?: number
    readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] }
  }
}

describe('what is refused by kubectl apply (real clock)', () => {
  let env: Environment
  let tenant: string
  /** May update the status of Ingresses, as controllers of other classes may, and not patch it. */
  let reporter: string

  /** What the API server says to a write: the code, the message and the warnings. */
  const send = async (method: 'POST' | 'PUT' | 'PATCH', path: string, body: unknown, token = tenant) => {
    const { url, caFile } = env.apiServer
    const answer = await ask(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ca: await readFile(caFile, 'utf8'),
      body: JSON.stringify(body),
    })
    const said = JSON.parse(answer.body) as { readonly message?: string }
    return { status: answer.status, message: said.message ?? '', warning: String(answer.headers.warning ?? '') }
  }
  const dryRun = (options: Web, namespace = 'games') => send('POST', `${INGRESSES(namespace)}?dryRun=All`, web('game', options))
  const given = async (name: string, annotations: Readonly<Record<string, string>>) =>
    await kubeApply(env.apiServer, 'namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, annotations },
    } as never)

  /** A ServiceAccount in `games` with these rules everywhere; its token. */
  const givenCaller = async (name: string, rules: readonly object[]) => {
    const apiGroup = 'rbac.authorization.k8s.io'
    const role = { apiVersion: `${apiGroup}/v1`, metadata: { name } }
    const account = { kind: 'ServiceAccount', name, namespace: 'games' }
    const { kind, ...metadata } = account
    await kubeApply(env.apiServer, 'serviceaccounts', { apiVersion: 'v1', kind, metadata })
    await kubeApply(env.apiServer, 'clusterroles', { ...role, kind: 'ClusterRole', rules } as never)
    const binding = { kind: 'ClusterRoleBinding', roleRef: { apiGroup, kind: 'ClusterRole', name }, subjects: [account] }
    await kubeApply(env.apiServer, 'clusterrolebindings', { ...role, ...binding } as never)
    return await serviceAccountToken(env.apiServer, { namespace: 'games', serviceAccount: name })
  }

  beforeAll(async () => {
    env = await startEnvironment({ components: ['kube-apiserver', 'kube-controller-manager'] })
    for (const document of admissionPolicies() as readonly Parameters<typeof kubeApply>[2][])
      await kubeApply(env.apiServer, PLURALS[document.kind]!, document)
    await given('games', {
      'fairlead.dev/allowed-hosts': '*.example.com, example.com',
      'fairlead.dev/allowed-profiles': 'default, web',
    })
    await given('free', {})
    // What the ClusterRole `edit` gives for Ingresses: all but their status.
    const ingresses = { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['*'] }
    tenant = await givenCaller('tenant', [ingresses])
    reporter = await givenCaller('reporter', [ingresses, { ...ingresses, resources: ['ingresses/status'], verbs: ['update'] }])
    const probes: readonly (() => Promise<boolean>)[] = [
      async () => (await dryRun({ hosts: ['other.test'] })).status === 422,
      async () => (await dryRun({ annotations: { 'fairlead.dev/ready': 'true' } })).status === 422,
      async () => (await dryRun({ finalizers: ['fairlead.dev/cleanup'] })).status === 422,
      async () => (await dryRun({ annotations: { 'fairlead.dev/nonsense': 'x' } })).warning !== '',
      async () => (await namespace({ 'fairlead.dev/nonsense': 'x' })).status === 422,
    ]
    for (const probe of probes) await until('the policies are in force', probe, { seconds: 60 })
  }, 120_000)
  afterAll(() => env.stop())

  const namespace = (annotations: Readonly<Record<string, string>>) =>
    send(
      'POST',
      '/api/v1/namespaces?dryRun=All',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new', annotations } },
      env.apiServer.adminToken,
    )

  it('compiles without a doubt of the API server', async () => {
    for (const { kind, metadata } of admissionPolicies() as readonly {
      readonly kind: string
      readonly metadata: { readonly name: string }
    }[]) {
      const path = `/apis/admissionregistration.k8s.io/v1/${PLURALS[kind]}/${metadata.name}`
      if (kind !== 'ValidatingAdmissionPolicy') continue
      await until(`${metadata.name} is checked`, async () => {
        const { status } = await kubeRequest<Checked>(env.apiServer, path)
        expect(status?.typeChecking?.expressionWarnings ?? []).toEqual([])
        return status?.observedGeneration === 1
      })
    }
  })

  it('is a host that the Namespace does not allow, in rules or tls, of our class alone', async () => {
    expect(await dryRun({ hosts: ['shop.example.com', 'example.com'], tls: ['x.example.com'] })).toMatchObject({
      status: 201,
      warning: '',
    })
    expect((await dryRun({ hosts: ['shop.example.com', 'shop.other.test'] })).message).toContain(
      'Host shop.other.test is not allowed in namespace games; expected a host out of *.example.com, example.com (annotation fairlead.dev/allowed-hosts of the Namespace)',
    )
    expect((await dryRun({ tls: ['a.b.example.com'] })).message).toContain('Host a.b.example.com is not allowed')
    expect(await dryRun({ hosts: ['shop.other.test'], ingressClassName: 'nginx' })).toMatchObject({ status: 201, warning: '' })
    expect(await dryRun({ hosts: ['shop.other.test'] }, 'free')).toMatchObject({ status: 201, warning: '' })
    expect((await dryRun({ hosts: ['localhost'] }, 'free')).message).toContain('Host localhost is not a DNS name')
  })

  it.each([
    ['fairlead.dev/certificate', 'valut', 'vault'],
    ['fairlead.dev/zone', 'example.com', 'Z0123456789ABCDEFGHIJ'],
    ['alb.ingress.kubernetes.io/scheme', 'public', ' internet-facing '],
    ['alb.ingress.kubernetes.io/ip-address-type', 'ipv6', 'dualstack'],
    ['alb.ingress.kubernetes.io/group.name', 'Games', 'games'],
    ['alb.ingress.kubernetes.io/group.order', '1001', '-1000'],
  ])('is a value of %s that cannot be read', async (key, wrong, right) => {
    expect((await dryRun({ annotations: { [key]: wrong } })).message).toContain(`Annotation ${key} is "${wrong}"; expected `)
    expect(await dryRun({ annotations: { [key]: right } })).toMatchObject({ status: 201, warning: '' })
  })

  it('is a profile that the Namespace does not list, and what is not supported yet', async () => {
    const profile = (name: string) => ({ 'fairlead.dev/certificate': 'vault', 'fairlead.dev/certificate-profile': name })
    expect((await dryRun({ annotations: profile('other') })).message).toContain(
      'Annotation fairlead.dev/certificate-profile is "other", which namespace games may not use; expected a profile out of default, web',
    )
    expect((await dryRun({ annotations: profile('web') })).status).toBe(201)
    expect((await dryRun({ annotations: profile('other') }, 'free')).status).toBe(201)
    const later = { 'alb.ingress.kubernetes.io/actions.x': '{}' }
    expect((await dryRun({ annotations: later })).message).toContain('alb.ingress.kubernetes.io/actions.x is not supported yet')
  })

  it('is not what is merely unknown or has no effect: that is a warning', async () => {
    const unknown = await dryRun({ annotations: { 'fairlead.dev/certifcate': 'vault' } })
    expect(unknown.status).toBe(201)
    expect(unknown.warning).toContain('fairlead.dev/certifcate is not known to Fairlead')
    const idle = await dryRun({ annotations: { 'fairlead.dev/cloudfront-x': 'true' } })
    expect(idle.status).toBe(201)
    expect(idle.warning).toContain('fairlead.dev/cloudfront-x is not supported yet')
  })

  it('is what Fairlead alone may write, whatever the class; the rest of an object that has it can be edited', async () => {
    const path = `${INGRESSES('free')}/mine`
    const mine = web('mine', { ingressClassName: 'nginx', finalizers: ['fairlead.dev/cleanup'] })
    // Whoever counts as having something in AWS counts for what the brake believes.
    expect((await send('POST', INGRESSES('free'), mine)).message).toContain(
      'Finalizer fairlead.dev/cleanup is put on by Fairlead',
    )
    expect((await send('POST', INGRESSES('free'), web('mine', { ingressClassName: 'nginx' }))).status).toBe(201)
    const finalizers = { metadata: { finalizers: ['fairlead.dev/cleanup'] } }
    expect((await send('PATCH', path, finalizers)).status).toBe(422)
    expect((await send('PATCH', path, finalizers, env.apiServer.adminToken)).status).toBe(200)
    const status = { metadata: { annotations: { 'fairlead.dev/status': '{"hosts":["shop.example.com"]}' } } }
    const refused = await send('PATCH', path, status)
    expect(refused).toMatchObject({ status: 422 })
    expect(refused.message).toContain('Annotations fairlead.dev/status and fairlead.dev/ready are written by Fairlead alone')
    // Whoever may write the status of Ingresses, as Fairlead may.
    expect((await send('PATCH', path, status, env.apiServer.adminToken)).status).toBe(200)
    expect((await send('PATCH', path, { metadata: { labels: { a: 'b' } } })).status).toBe(200)
    await kubeRequest(env.apiServer, path, { method: 'DELETE' })
    const none = { metadata: { finalizers: null } }
    expect((await send('PATCH', path, none)).message).toContain('Finalizer fairlead.dev/cleanup is taken off by Fairlead')
    expect((await send('PATCH', path, none, env.apiServer.adminToken)).status).toBe(200)
  })

  it('is that all the same by way of the status, for whoever may update it and not patch it', async () => {
    const path = `${INGRESSES('free')}/theirs`
    expect((await send('POST', INGRESSES('free'), web('theirs', { ingressClassName: 'nginx' }))).status).toBe(201)
    const put = async (metadata: object, status: object = {}) => {
      const there = await kubeRequest<{ readonly metadata: object }>(env.apiServer, path)
      return await send('PUT', `${path}/status`, { ...there, metadata: { ...there.metadata, ...metadata }, status }, reporter)
    }
    const forged = await put({ annotations: { 'fairlead.dev/status': '{"hosts":["shop.example.com"]}' } })
    expect(forged).toMatchObject({ status: 422 })
    expect(forged.message).toContain('Annotations fairlead.dev/status and fairlead.dev/ready are written by Fairlead alone')
    expect((await put({ finalizers: ['fairlead.dev/cleanup'] })).status).toBe(422)
    // What a controller of another class reports.
    expect((await put({}, { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } })).status).toBe(200)
  })

  it('is not what was there before the rule was', async () => {
    await given('later', {})
    expect((await send('POST', INGRESSES('later'), web('old', { hosts: ['old.test'] }))).status).toBe(201)
    await given('later', { 'fairlead.dev/allowed-hosts': '*.example.com' })
    const path = `${INGRESSES('later')}/old`
    const rules = (...hosts: readonly string[]) => ({ spec: { rules: web('old', { hosts }).spec.rules } })
    await until(
      'the rule is known',
      async () => (await send('PATCH', `${path}?dryRun=All`, rules('old.test', 'new.test'))).status === 422,
    )
    expect((await send('PATCH', path, rules('old.test', 'new.example.com'))).status).toBe(200)
  })

  it('is, on a Namespace, an annotation that would allow nothing', async () => {
    expect((await namespace({ 'fairlead.dev/pausd': 'true' })).message).toContain(
      'fairlead.dev/pausd is not known on a Namespace',
    )
    expect((await namespace({ 'fairlead.dev/paused': 'yes' })).message).toContain('is "yes", which does not pause anything')
    expect((await namespace({ 'fairlead.dev/quota-records': 'many' })).message).toContain(
      'fairlead.dev/quota-records is not understood',
    )
    expect((await namespace({ 'fairlead.dev/allowed-hosts': 'http://x, *.example.com' })).message).toContain(
      'has http://x, which allows nothing',
    )
    const good = {
      'fairlead.dev/allowed-hosts': ' Shop.Example.com., *.example.com, **.example.org, *, bücher.example',
      'fairlead.dev/quota-records': ' 10 ',
      'fairlead.dev/paused': 'True',
    }
    expect(await namespace(good)).toMatchObject({ status: 201 })
  })

  it('is decided as Fairlead decides it, whatever the pattern and the host', async () => {
    // Past the policy for Namespaces, which would refuse the wrong ones: they were there before it.
    await kubeRequest(
      env.apiServer,
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/fairlead-namespace',
      {
        method: 'PATCH',
        contentType: 'application/merge-patch+json',
        body: { spec: { validationActions: ['Warn'] } },
      },
    )
    const differ: string[] = []
    let allowedCount = 0
    for (const [index, patterns] of PATTERNS.entries()) {
      const name = `patterns-${index}`
      const annotations = { 'fairlead.dev/allowed-hosts': patterns }
      await until('the Namespace is there', async () => {
        await given(name, annotations)
        return true
      })
      const grant = grantOf({ unlisted: 'deny', namespaces: {} }, name, {
        metadata: { name, annotations },
      } as unknown as Namespace)
      for (const host of HOSTS) {
        const canonical = canonicalHost(host)
        const allowed = canonical !== null && isGranted(grant, canonical)
        const { status, message } = await dryRun({ hosts: [host] }, name)
        if (allowed) allowedCount++
        if (allowed !== (status === 201)) differ.push(`${patterns} | ${host}: ${allowed} but ${status} ${message}`)
      }
    }
    expect(differ).toEqual([])
    expect(allowedCount).toBeGreaterThan(20)
    expect(PATTERNS.length * HOSTS.length - allowedCount).toBeGreaterThan(100)
  })
})
