import { TAG_RETIRE_AFTER } from '../shared/names.ts'
import type { LoadBalancersObserved, ObservedListener, ObservedLoadBalancer } from './observed.ts'
import type { ListenerWish, LoadBalancerIntent } from './wish.ts'

const lastRead = new WeakMap<
  LoadBalancerIntent,
  { readonly observed: LoadBalancersObserved; readonly intent: LoadBalancerIntent }
>()

/**
 * What a member states about the shared load balancer and nobody can read stays as it is there: a slip of the pen in one annotation must
 * not open the load balancer to everybody, replace it, or take a redirect from the neighbours. Where there is none yet, the defaults hold.
 */
export function asItStands(intent: LoadBalancerIntent, observed: LoadBalancersObserved): LoadBalancerIntent {
  if (intent.loadBalancer.uncertain.length === 0) return intent
  // The same answer to the same question: who builds again is known by what was built from.
  const known = lastRead.get(intent)
  if (known?.observed === observed) return known.intent
  const { loadBalancers } = observed
  const standing = loadBalancers.find((item) => item.Tags[TAG_RETIRE_AFTER] === undefined) ?? loadBalancers[0]
  const read = standing === undefined ? intent : standingIntent(intent, observed, standing)
  lastRead.set(intent, { observed, intent: read })
  return read
}

function standingIntent(
  intent: LoadBalancerIntent,
  observed: LoadBalancersObserved,
  standing: ObservedLoadBalancer,
): LoadBalancerIntent {
  const { loadBalancer: wish } = intent
  const unsure = (field: (typeof wish.uncertain)[number]) => wish.uncertain.includes(field)
  const there = new Map(
    observed.listeners.filter((item) => item.LoadBalancerArn === standing.LoadBalancerArn).map((item) => [item.Port, item]),
  )
  const own = observed.securityGroups.some((group) => standing.SecurityGroups.includes(group.GroupId))
  const sslPolicy = unsure('sslPolicy') ? ([...there.values()].find((item) => item.SslPolicy)?.SslPolicy ?? wish.sslPolicy) : null
  const listeners = intent.listeners.map(
    (listener): ListenerWish => ({
      ...listener,
      sslPolicy: sslPolicy === null ? listener.sslPolicy : (there.get(listener.port)?.SslPolicy ?? sslPolicy),
      redirectTo:
        unsure('sslRedirect') && listener.protocol === 'HTTP' ? redirectIn(there.get(listener.port)) : listener.redirectTo,
    }),
  )
  const redirects = new Set(listeners.filter((item) => item.redirectTo !== null).map((item) => item.port))
  return {
    ...intent,
    loadBalancer: {
      ...wish,
      ...(unsure('ipAddressType') ? { ipAddressType: standing.IpAddressType } : {}),
      ...(unsure('name') ? { name: standing.LoadBalancerName } : {}),
      ...(unsure('securityGroups') && !own ? { securityGroups: standing.SecurityGroups } : {}),
      ...(sslPolicy === null ? {} : { sslPolicy }),
    },
    listeners,
    // What is redirected is not served.
    rules: unsure('sslRedirect') ? intent.rules.filter((rule) => rule.secure || !redirects.has(rule.port)) : intent.rules,
  }
}

function redirectIn(listener: ObservedListener | undefined): number | null {
  const action = listener?.DefaultActions.find((item) => item.Type === 'redirect')
  return action?.Type === 'redirect' ? Number(action.RedirectConfig.Port) : null
}
