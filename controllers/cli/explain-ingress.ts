import { asController } from '../aws/as-controller.ts'
import type { Config } from '../config.ts'
import { readRoutes } from '../loadbalancers/observe-routes.ts'
import { fairlead, type Ports, planners } from '../main.ts'
import { nearest, refOf } from '../shared/annotations.ts'
import type { ObjectRef } from '../shared/change.ts'
import { intendUnit } from '../shared/compose.ts'
import type { Finding } from '../shared/finding.ts'
import { isOurClass, unitOf } from '../shared/members.ts'
import { objectKey } from '../shared/objects.ts'
import type { Settings } from '../shared/settings.ts'
import { unitKey } from '../shared/unit.ts'
import { answerRequest, type RequestAnswer } from './explain-answer.ts'
import { readRequest } from './explain-request.ts'
import { type ExplainedRule, explainRules } from './explain-rules.ts'
import { readOnce } from './read-once.ts'
import { renderIngress } from './render-explain.ts'
import { splitName } from './status.ts'
import { pausesAmong, type Stop, stopsForAll } from './stops.ts'

export const EXPLAIN_VERSION = 1

export type Connected = { readonly config: Config; readonly settings: Settings; readonly ports: Ports }

export type ExplainIngressOptions = {
  readonly output: 'text' | 'json'
  readonly request?: string
  readonly header?: readonly string[]
  readonly sourceIp?: string
}

export type ExplainedListener = {
  readonly arn: string | null
  readonly port: number
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly owner: 'fairlead' | 'other'
  readonly rules: readonly ExplainedRule[]
  /** Present with `--request`, on the listener that gets it. */
  readonly answer?: RequestAnswer
}

export type ExplainedBalancer = {
  readonly name: string
  /** Null: it is not there yet. */
  readonly arn: string | null
  readonly dnsName: string | null
  readonly listeners: readonly ExplainedListener[]
}

/** What `fairlead explain ingress -o json` prints: a contract. */
export type ExplainedIngress = {
  readonly version: typeof EXPLAIN_VERSION
  readonly kind: 'ingress'
  readonly object: ObjectRef
  readonly unit: string
  readonly stops: readonly Stop[]
  readonly request: { readonly method: string; readonly url: string } | null
  readonly loadBalancers: readonly ExplainedBalancer[]
  readonly findings: readonly Finding[]
}

/** `fairlead explain ingress NS/NAME`: which rules its load balancer tries, in order, and what it does with a request. */
export async function explainIngress(
  { config, settings, ports }: Connected,
  name: string,
  options: ExplainIngressOptions,
  print: (text: string) => void,
): Promise<void> {
  const [namespace, own] = splitName(name)
  const request =
    options.request === undefined ? null : readRequest(options.request, options.header ?? [], options.sourceIp ?? null)
  const stop = new AbortController()
  try {
    const { reconciler, watched, safety } = fairlead(config, settings, ports)
    await readOnce(watched, stop.signal)
    const all = watched.ingresses.list()
    const classes = watched.ingressClasses.list()
    const ingress = all.find((item) => item.metadata.namespace === namespace && item.metadata.name === own)
    if (ingress === undefined) {
      const known = all.filter((item) => isOurClass(item, classes)).map((item) => objectKey(item.metadata))
      const near = nearest(`${namespace}/${own}`, known)
      throw new Error(`there is no Ingress ${namespace}/${own}${near === null ? '' : `; did you mean ${near}?`}`)
    }
    if (!isOurClass(ingress, classes))
      throw new Error(
        `Ingress ${namespace}/${own} is of class ${ingress.spec.ingressClassName ?? '(none)'}, which Fairlead does not serve`,
      )
    const unit = unitKey(unitOf(ingress))
    const { plan } = await reconciler.planFresh(unit, stop.signal)
    const context = reconciler.context(unit)
    const observed = reconciler.observed(context).loadbalancers
    const lines = intendUnit(planners, context).intents.loadbalancers.rules
    const routes = await readRoutes(asController(ports.aws, 'loadbalancers'), settings, observed, stop.signal)
    const planned = plan.changes.flatMap((item) =>
      item.type === 'AWS::ElasticLoadBalancingV2::LoadBalancer' && item.action === 'create' ? [item.target] : [],
    )
    const goes = (arn: string | null) => plan.changes.some((item) => item.action === 'delete' && item.target === arn)
    const portsPlanned = (balancer: string) =>
      plan.changes.flatMap((item) => {
        const [, port] = item.target.startsWith(`${balancer}/rule/`) ? (/\/rule\/(\d+)\//.exec(item.target) ?? []) : []
        return port === undefined || item.action !== 'create' ? [] : [Number(port)]
      })
    const balancers = [...routes, ...planned.map((target) => ({ name: target, arn: null, dnsName: null, listeners: [] }))].map(
      (balancer): ExplainedBalancer => {
        const there = new Set(balancer.listeners.map((item) => item.port))
        const missing = [...new Set(portsPlanned(balancer.name))].filter((port) => !there.has(port))
        const secure = (port: number) => lines.some((line) => line.port === port && line.secure)
        const coming = missing.map((port) => ({
          arn: null,
          port,
          protocol: secure(port) ? ('HTTPS' as const) : ('HTTP' as const),
          owner: 'fairlead' as const,
          rules: [],
        }))
        const listeners = [...balancer.listeners, ...coming]
          .sort((a, b) => a.port - b.port)
          .map((listener): ExplainedListener => {
            const rules = explainRules(
              { ...listener, leaves: goes(listener.arn) || goes(balancer.arn) },
              balancer.name,
              plan.changes,
              lines,
              observed,
            )
            if (request === null || request.port !== listener.port || listener.arn === null) return { ...listener, rules }
            return { ...listener, rules, answer: answerRequest(rules, request, listener.protocol === 'HTTPS', observed) }
          })
        return { name: balancer.name, arn: balancer.arn, dnsName: balancer.dnsName, listeners }
      },
    )
    const explained: ExplainedIngress = {
      version: EXPLAIN_VERSION,
      kind: 'ingress',
      object: refOf(ingress),
      unit,
      stops: [
        ...(await stopsForAll({ api: ports.kubernetes, ownNamespace: settings.ownNamespace })),
        ...pausesAmong(safety.pauses(unit)),
      ],
      request: request === null ? null : { method: request.method, url: request.url },
      loadBalancers: balancers,
      findings: plan.findings,
    }
    print(options.output === 'json' ? JSON.stringify(explained, null, 2) : renderIngress(explained, request?.port ?? null))
  } finally {
    stop.abort()
  }
}
