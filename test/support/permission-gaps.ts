import type { Usage } from './usage.ts'

/** What deploy/ grants: verbs in the cluster, actions by IAM policy, capabilities by path in Vault. */
export type Granted = {
  readonly verbs: readonly string[]
  readonly policies: Readonly<Record<string, readonly string[]>>
  /** `update {mount}/sign/{role}`. */
  readonly capabilities: readonly string[]
}

/** The policy that `fairlead release` needs beside those of the controllers, as whose roles it acts. */
const BESIDE = 'release'

/** Everything asked for that is not granted, and everything granted that nothing used: a line each. */
export function permissionGaps(granted: Granted, used: Usage): readonly string[] {
  return [
    ...used.forbidden.map((line) => `forbidden: ${line}`),
    ...unused('in the cluster', granted.verbs, new Set(used.verbs)),
    ...notGranted(granted, used),
    ...Object.entries(granted.policies).flatMap(([policy, actions]) =>
      unused(`in deploy/iam/${policy}.json`, actions, actionsUnder(policy, used)),
    ),
    ...granted.capabilities
      .filter((rule) => !used.capabilities.some((one) => ruleOf(rule).test(one)))
      .map((rule) => `granted in Vault and used by no test: ${rule}`),
  ]
}

function unused(where: string, granted: readonly string[], used: ReadonlySet<string>): readonly string[] {
  return granted.filter((one) => !used.has(one)).map((one) => `granted ${where} and used by no test: ${one}`)
}

function notGranted({ policies }: Granted, { actions }: Usage): readonly string[] {
  return actions.flatMap((one) => {
    const [controller, action] = one.split(' ') as [string, string]
    if ([controller, BESIDE].some((policy) => policies[policy]?.includes(action))) return []
    const others = Object.keys(policies).filter((policy) => policies[policy]?.includes(action))
    return `called by ${controller} and in ${others.length === 0 ? 'no policy' : `the policy of ${others.join(', ')} alone`}: ${action}`
  })
}

/** What was done with a policy; that of `release` goes with any role. */
function actionsUnder(policy: string, { actions }: Usage): ReadonlySet<string> {
  const under = actions.map((one) => one.split(' ') as [string, string])
  return new Set(under.filter(([controller]) => policy === BESIDE || controller === policy).map(([, action]) => action))
}

/** `{mount}` and `{role}` stand for a name each. */
function ruleOf(rule: string): RegExp {
  const parts = rule.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/ ]+')}$`)
}
