import { hostsOf } from '../dns/intent.ts'
import { fairlead } from '../main.ts'
import { nearest, refOf } from '../shared/annotations.ts'
import { sameObject } from '../shared/change.ts'
import type { Composition } from '../shared/compose.ts'
import { canonicalHost, covers } from '../shared/hosts.ts'
import { isOurClass, unitOf } from '../shared/members.ts'
import { tenancyOf } from '../shared/tenancy.ts'
import { unitKey } from '../shared/unit.ts'
import { type Connected, EXPLAIN_VERSION } from './explain-ingress.ts'
import { type ExplainedHost, type HostUnit, hostRecords, recordOwners, saysOf, type Wanting } from './host-verdict.ts'
import { readOnce } from './read-once.ts'
import { renderHost } from './render-host.ts'
import { pausesAmong, type Stop, stopsForAll } from './stops.ts'

/** `fairlead explain host NAME`: who wants a host, where its record is, whose it is, and if it is missing, why. */
export async function explainHost(
  { config, settings, ports }: Connected,
  written: string,
  { output }: { readonly output: 'text' | 'json' },
  print: (text: string) => void,
): Promise<void> {
  const host = canonicalHost(written)
  if (host === null) throw new Error(`${JSON.stringify(written)} is not a host; expected a DNS name such as shop.example.com`)
  const stop = new AbortController()
  try {
    const { reconciler, watched, safety, effects } = fairlead(config, settings, ports)
    await readOnce(watched, stop.signal)
    const ours = watched.ingresses.list().filter((item) => isOurClass(item, watched.ingressClasses.list()))
    const exact = ours.filter((item) => hostsOf(item).includes(host))
    const asking = exact.length > 0 ? exact : ours.filter((item) => hostsOf(item).some((name) => covers(name, host)))
    const wildcard = exact.length > 0 ? undefined : asking.flatMap(hostsOf).find((name) => covers(name, host))
    const about = wildcard ?? host
    // What nobody asks for any more may still be there: its record says for whom it was made.
    const left = async () => {
      await effects.dns.inventory(stop.signal)
      const objects = recordOwners(host, reconciler.observed(reconciler.context('ingress/-/-')).dns, settings.txtOwner)
      return objects.map((object) => {
        const live = watched.ingresses.list().find((item) => isFor(object, item))
        return unitKey(live === undefined ? { ...object, kind: 'ingress' } : unitOf(live))
      })
    }
    const keys = asking.length > 0 ? [...new Set(asking.map((item) => unitKey(unitOf(item))))].sort() : [...new Set(await left())]
    const units: HostUnit[] = []
    const stops: Stop[] = [...(await stopsForAll({ api: ports.kubernetes, ownNamespace: settings.ownNamespace }))]
    for (const unit of keys) {
      const composition: Composition = await reconciler.planFresh(unit, stop.signal)
      const context = reconciler.context(unit)
      units.push({ composition, context, observed: reconciler.observed(context).dns })
      stops.push(...pausesAmong(safety.pauses(unit)).filter(({ object }) => asking.some((item) => isFor(object, item))))
    }
    const { zone, records } = hostRecords(about, units, settings.txtOwner)
    if (asking.length === 0 && records.length === 0) {
      const near = nearest(host, ours.flatMap(hostsOf))
      throw new Error(`no Ingress of Fairlead’s asks for ${host}${near === null ? '' : `; did you mean ${near}?`}`)
    }
    const wantedBy = asking.map((ingress): Wanting => {
      const object = refOf(ingress)
      const { composition, context } = units.find((item) => item.composition.plan.unit === unitKey(unitOf(ingress)))!
      const findings = composition.plan.findings.filter((item) => sameObject(item.object, object))
      const against = findings.find((item) => item.severity === 'blocking' && isAbout(item, about))
      const serving = composition.facts.loadbalancers.serving.find((item) => item.host === about)
      const refused = against !== undefined || tenancyOf(context).refusesHost(object, about)
      const standing =
        ingress.metadata.deletionTimestamp !== undefined
          ? 'leaving'
          : refused
            ? 'refused'
            : serving !== undefined && sameObject(serving.object, object)
              ? 'holds'
              : 'waiting'
      return {
        object,
        unit: composition.plan.unit,
        standing,
        because: against?.message ?? null,
        createdAt: ingress.metadata.creationTimestamp,
      }
    })
    const named = (item: { readonly target: string; readonly type: string }) =>
      item.type === 'AWS::Route53::RecordSet' && item.target.startsWith(`${about} `)
    const plans = units.map((item) => item.composition.plan)
    const submitted = units.flatMap((item) => item.observed.pending.filter((one) => one.host === about))
    const told: Omit<ExplainedHost, 'says' | 'served'> = {
      version: EXPLAIN_VERSION,
      kind: 'host',
      host,
      coveredBy: wildcard ?? null,
      wantedBy,
      zone,
      records,
      submittedAt: submitted[0] === undefined ? null : new Date(submitted[0].submittedAt).toISOString(),
      changes: plans.flatMap((plan) => plan.changes.filter(named)),
      before: plans.flatMap((plan) =>
        plan.changes.some(named) ? plan.changes.filter((item) => !named(item) && item.action !== 'delete') : [],
      ),
      findings: plans.flatMap((plan) =>
        plan.findings.filter((item) => asking.some((ingress) => isFor(item.object, ingress)) || isAbout(item, about)),
      ),
      stops,
    }
    const explained: ExplainedHost = { ...told, ...saysOf(told) }
    print(output === 'json' ? JSON.stringify(explained, null, 2) : renderHost(explained))
  } finally {
    stop.abort()
  }
}

type Named = Parameters<typeof sameObject>[0]

function isFor(object: Named | null, ingress: Parameters<typeof refOf>[0]): boolean {
  return object !== null && sameObject(object, refOf(ingress))
}

function isAbout(item: { readonly read: string; readonly message: string }, host: string): boolean {
  return item.read === host || item.message.includes(` ${host} `)
}
