import { inspect } from 'node:util'
import { explainHost } from '../../controllers/cli/explain-host.ts'
import { explainIngress } from '../../controllers/cli/explain-ingress.ts'
import { readOnce } from '../../controllers/cli/read-once.ts'
import { renderPlans } from '../../controllers/cli/render-plan.ts'
import { readStatus, renderStatus } from '../../controllers/cli/status.ts'
import { CONFIG_MAPS, EVENTS, INGRESSES, LEASES, NAMESPACES, SECRETS } from '../../controllers/cluster/kubernetes.ts'
import { fairlead } from '../../controllers/main.ts'
import { Canaries, type Leak } from './canaries.ts'
import type { Life, SimulatedStage } from './simulated-stage.ts'

/** Everything that Fairlead says to anybody, searched for every secret it was given or made. */
export class CanaryOutputs {
  readonly canaries = new Canaries()
  readonly #stage: SimulatedStage
  readonly #told: { readonly where: string; readonly text: string }[] = []

  constructor(stage: SimulatedStage) {
    this.#stage = stage
    stage.clock.onTick(() => this.plantKeys())
  }

  /** Private keys are made as it goes: each is planted as soon as a Secret holds it. */
  plantKeys(): void {
    for (const key of this.keys()) this.canaries.plantKey(`key ${this.canaries.size}`, key)
  }

  keys(): readonly string[] {
    type Secret = { readonly metadata: { readonly name: string }; readonly data?: Readonly<Record<string, string>> }
    const secrets = this.#stage.kubernetes.list(SECRETS) as readonly Secret[]
    return secrets
      .flatMap(({ data = {} }) => [data['tls.key'], data['next.key']])
      .flatMap((data) => (data === undefined ? [] : [Buffer.from(data, 'base64').toString()]))
  }

  tell(where: string, text: string): void {
    this.#told.push({ where, text })
  }

  /** What somebody at a terminal sees, while time passes. A command that fails prints why. */
  async commands(ingress: string, host: string): Promise<void> {
    let ended = false
    const running = this.#commands(ingress, host).finally(() => {
      ended = true
    })
    await this.#stage.clock.runUntil(() => ended, { deadlineMs: 3_600_000 })
    await running
  }

  async #commands(ingress: string, host: string): Promise<void> {
    const say = (where: string) => (text: string) => this.tell(where, text)
    const run = async (where: string, use: Parameters<SimulatedStage['command']>[0]) => {
      await this.#stage.command(use).catch((error: unknown) => this.tell(where, inspect(error)))
    }
    await run('plan', async ({ config, settings, ports }) => {
      const stop = new AbortController()
      const { reconciler, watched, effects } = fairlead(config, settings, ports)
      await readOnce(watched, stop.signal)
      const inventory = await Promise.all(Object.values(effects).map((one) => one.inventory(stop.signal)))
      const plans = []
      for (const unit of new Set([...watched.units(), ...inventory.flat()]))
        plans.push((await reconciler.planFresh(unit, stop.signal)).plan)
      this.tell('plan', renderPlans(plans, []))
      this.tell('plan as JSON', JSON.stringify(plans))
      stop.abort()
    })
    await run('status', async ({ ports }) => {
      this.tell('status', renderStatus(await readStatus(ports.kubernetes, undefined, new AbortController().signal)))
    })
    for (const output of ['text', 'json'] as const) {
      await run('explain ingress', (to) => explainIngress(to, ingress, { output }, say(`explain ingress, ${output}`)))
      await run('explain host', (to) => explainHost(to, host, { output }, say(`explain host, ${output}`)))
    }
  }

  /** What a life has said and what stands in the cluster now. */
  async collect(life: Life): Promise<void> {
    this.tell('log', life.log.join(''))
    this.tell('audit', life.audit.join('\n'))
    this.tell('metrics', await life.metrics())
    // As Node prints an error that nobody caught.
    for (const problem of life.session.problems) this.tell('error', inspect(problem, { depth: 20, showHidden: true }))
    for (const kind of [EVENTS, CONFIG_MAPS, INGRESSES, NAMESPACES, LEASES])
      for (const object of this.#stage.kubernetes.list(kind)) this.tell(kind.kind, JSON.stringify(object))
  }

  /** Characters said so far, by where. */
  sizes(): Readonly<Record<string, number>> {
    const sizes: Record<string, number> = {}
    for (const { where, text } of this.#told) sizes[where] = (sizes[where] ?? 0) + text.length
    return sizes
  }

  leaks(): readonly Leak[] {
    return this.#told.flatMap(({ where, text }) => this.canaries.search(where, text))
  }
}
