import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { kubeApply } from '../env/kube-api.ts'
import { createNodes } from '../env/nodes.ts'
import { until } from '../env/until.ts'
import { monitoringDefinitions } from '../support/monitoring-definitions.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const OVERLAY = 'deploy/kustomize/overlays/example'

type Pod = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string; readonly containers: readonly { readonly image: string }[] }
  readonly status: { readonly qosClass: string; readonly phase: string }
}

describe('the manifests in deploy, on a real API server (real clock)', () => {
  let environment: Environment
  const kubectl = async (...args: readonly string[]) => {
    const { stdout } = await run(environment.kubectl, ['--kubeconfig', environment.kubeconfig, ...args], { cwd: root })
    return stdout
  }
  const json = async <T>(...args: readonly string[]) => JSON.parse(await kubectl(...args, '-o', 'json')) as T
  const inOwn = ['-n', 'fairlead-system']

  beforeAll(async () => {
    const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const
    environment = await startEnvironment({ components })
    await createNodes(environment.apiServer, 3)
    for (const definition of monitoringDefinitions)
      await kubeApply(environment.apiServer, 'customresourcedefinitions', definition)
    await until('the kinds of the Prometheus operator', () =>
      kubectl('get', 'servicemonitors,prometheusrules', '-A').then(() => true),
    )
  })
  afterAll(() => environment?.stop())

  it('are taken by the API server, every field of them, and a second time as they are', async () => {
    const warned = await kubectl('apply', '--server-side', '--validate=strict', '-k', OVERLAY)
    expect(warned).toContain('deployment.apps/fairlead serverside-applied')
    expect(await kubectl('diff', '--server-side', '-k', OVERLAY)).toBe('')
  })

  it('run two pods under the restricted Pod Security Standard, on two nodes, the last to be evicted', async () => {
    await kubectl(...inOwn, 'rollout', 'status', 'deployment/fairlead', '--timeout=60s')
    const { items: pods } = await json<{ items: Pod[] }>(...inOwn, 'get', 'pods', '-l', 'app.kubernetes.io/name=fairlead')
    expect(pods.map((pod) => pod.status.phase)).toEqual(['Running', 'Running'])
    expect(new Set(pods.map((pod) => pod.spec.nodeName)).size).toBe(2)
    expect(pods.map((pod) => pod.status.qosClass)).toEqual(['Guaranteed', 'Guaranteed'])
    expect(pods[0]!.spec.containers[0]!.image).toBe('images.example.internal/platform/fairlead:0.1.0')
    const [deployment] = parseAllDocuments(readFileSync(join(root, 'deploy/kustomize/base/deployment.yaml'), 'utf8'))
    const { spec } = (deployment!.toJS() as { spec: { template: object & { spec: object } } }).spec.template
    const refused = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root', namespace: 'fairlead-system' },
      spec: { ...spec, securityContext: {} },
    }
    await expect(kubeApply(environment.apiServer, 'pods', refused)).rejects.toThrow(/violates PodSecurity "restricted:latest"/)
  })

  it('roll the pods when the configuration changes', async () => {
    const volume = 'jsonpath={.spec.template.spec.volumes[?(@.name=="config")].configMap.name}'
    const mounted = () => kubectl(...inOwn, 'get', 'deployment', 'fairlead', '-o', volume)
    const before = await mounted()
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-overlay-'))
    try {
      cpSync(join(root, OVERLAY), folder, { recursive: true })
      const file = join(folder, 'kustomization.yaml')
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('../../', `${relative(folder, join(root, 'deploy/kustomize'))}/`))
      const config = join(folder, 'fairlead.yaml')
      writeFileSync(config, readFileSync(config, 'utf8').replace('policy: observe', 'policy: sync'))
      await kubectl('apply', '--server-side', '--validate=strict', '-k', folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
    await kubectl(...inOwn, 'rollout', 'status', 'deployment/fairlead', '--timeout=60s')
    expect(await mounted()).not.toBe(before)
  })
})
