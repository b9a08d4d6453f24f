import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runFairlead } from '../env/fairlead-process.ts'
import { ACCOUNT, NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { Canaries } from '../support/canaries.ts'
import { carelessVault } from '../support/careless-vault.ts'

const URL_PASSWORD = 'canary-Gz7Kq2Wm'
const STATIC_TOKEN = 'canary-4t0k3n-0f-n0-known-f0rm'
const ENV = {
  AWS_ACCESS_KEY_ID: `AKIA${ACCOUNT}TEST`,
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYcanaryKEY2',
  AWS_SESSION_TOKEN: `IQoJb3JpZ2luX2VjEcanary${'//m5vR3+Qt8LzX2mKp7Wc4Yd1Hs6Ng9Ja0'.repeat(8)}==`,
  // What libraries print for whoever debugs them.
  DEBUG: '*',
}

describe('no secret in anything that the process says (real clock)', () => {
  const canaries = new Canaries()
  let folder: string
  let careless: Awaited<ReturnType<typeof carelessVault>>
  let stage: Stage
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-said-'))
    careless = await carelessVault()
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, STATIC_TOKEN, { mode: 0o600 })
    const profile = { mount: 'pki_int', role: 'web', keyType: 'rsa-2048', ttlSeconds: 2_592_000 }
    stage = await startStage({
      env: ENV,
      config: {
        logLevel: 'trace',
        audit: { file: join(folder, 'audit.log') },
        profiles: { default: profile, careless: { ...profile, vault: 'careless' } },
      },
      vaults: {
        careless: { address: careless.address, auth: { method: 'token', tokenFile } },
        unused: { address: `https://someone:${URL_PASSWORD}@vault.example.net`, auth: { method: 'token', tokenFile } },
      },
    })
  })
  afterAll(async () => {
    await stage?.stop()
    await careless?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('at trace level with DEBUG=*: log, Events, annotations, audit, commands', { timeout: 300_000 }, async () => {
    const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = ENV
    for (const [name, value] of Object.entries({ AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, URL_PASSWORD, STATIC_TOKEN }))
      canaries.plant(name, value)
    const jwt = (await readFile(join(stage.environment.dir, 'vault-token'), 'utf8')).trim()
    const [, kubeToken = ''] = /"?token"?:\s*"?([^"\s]+)/.exec(await readFile(stage.kubeconfig, 'utf8')) ?? []
    expect([jwt.length, kubeToken.length].every((length) => length > 100)).toBe(true)
    canaries.plant('the token for Vault', jwt)
    canaries.plant('the token for the API server', kubeToken)

    const said = [AWS_SESSION_TOKEN, jwt].flatMap((text) => [
      text,
      encodeURIComponent(text),
      Buffer.from(text).toString('base64'),
    ])
    await stage.aws.faults([
      {
        service: 'acm',
        operation: 'ImportCertificate',
        count: 2,
        kind: 'error',
        code: 'ValidationException',
        message: said.join(' '),
      },
      { service: 'elbv2', operation: 'CreateLoadBalancer', nth: 1, kind: 'error500' },
      { service: 'route53', operation: 'ChangeResourceRecordSets', nth: 1, kind: 'throttle' },
    ])
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    stage.fairlead.start()
    const copy = async (name: string, host: string, annotations: Readonly<Record<string, string>>) => {
      const { metadata, spec } = JSON.parse(await stage.kubectl('get', 'ingress', 'game', '-n', 'games', '-o', 'json'))
      const rules = spec.rules.map((rule: object) => ({ ...rule, host }))
      const kept = Object.entries(metadata.annotations).filter(([key]) => /^alb\.|certificate/.test(key))
      const body = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { namespace: 'games', name, annotations: { ...Object.fromEntries(kept), ...annotations } },
        spec: { ingressClassName: spec.ingressClassName, rules },
      }
      const file = join(folder, `${name}.json`)
      await writeFile(file, JSON.stringify(body))
      await stage.kubectl('apply', '-f', file)
    }
    await copy('refused', 'www.elsewhere.test', {})
    await copy('careless', 'careless.example.com', { 'fairlead.dev/certificate-profile': 'careless' })
    await until('the careless Vault has refused, and it was told', async () => {
      const events = await stage.kubectl('get', 'events', '-A', '-o', 'json')
      return careless.refused() > 0 && (events.match(/VaultRefusedHost/g)?.length ?? 0) > 1
    })
    // An import that was refused is tried again when something about it changes.
    await stage.kubectl('label', 'ingress', 'game', '-n', 'games', 'seen=true')
    const outputs: Record<string, string> = {}
    const commands = [
      ['status'],
      ['plan'],
      ['plan', '-o', 'json'],
      ['explain', 'ingress', 'games/careless'],
      ['explain', 'ingress', 'games/game', '-o', 'json'],
      ['explain', 'host', 'game.example.com'],
      ['config', 'print', '--sources'],
      ['config', 'print', '-o', 'json'],
    ]
    for (const command of commands) {
      const files = ['--kubeconfig', stage.kubeconfig, '--config', stage.configFile]
      const { stdout, stderr } = await runFairlead([...files, ...command], { env: ENV })
      outputs[command.join(' ')] = stdout + stderr
    }
    await stage.fairlead.terminate(20)
    outputs.log = await readFile(stage.fairlead.logFile, 'utf8')
    outputs.audit = await readFile(join(folder, 'audit.log'), 'utf8')
    for (const kind of ['events', 'ingresses', 'services', 'namespaces', 'configmaps', 'leases'])
      outputs[kind] = await stage.kubectl('get', kind, '-A', '-o', 'json')
    type Secrets = { readonly items: readonly { readonly data?: Readonly<Record<string, string>> }[] }
    const secrets = JSON.parse(await stage.kubectl('get', 'secrets', '-n', NAMESPACE, '-o', 'json')) as Secrets
    const keys = secrets.items.flatMap(({ data = {} }) => [data['tls.key'], data['next.key']].flatMap((key) => key ?? []))
    for (const [index, key] of keys.entries()) canaries.plantKey(`key ${index}`, Buffer.from(key, 'base64').toString())

    const sizes = Object.entries(outputs).map(([where, text]) => `${where} ${text.length}`)
    process.stdout.write(`${canaries.size} secrets, searched in characters: ${sizes.join(', ')}\n`)
    for (const [where, text] of Object.entries(outputs)) expect(text.length, where).toBeGreaterThan(50)
    expect(keys.length).toBeGreaterThan(1)
    // It was at trace level, and what was repeated was cut out, not merely left unsaid.
    expect(outputs.log).toContain('"level":"debug"')
    expect(outputs.events).toContain('no policy lets [redacted]')
    expect(outputs.log).toContain('[redacted]')
    expect(Object.entries(outputs).flatMap(([where, text]) => canaries.search(where, text))).toEqual([])
  })
})
