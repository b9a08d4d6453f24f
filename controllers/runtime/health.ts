/** What one part of the program says of itself. */
export type HealthResult = { readonly ok: boolean; readonly detail: string }
export type HealthCheck = { readonly name: string; readonly check: () => HealthResult }
export type HealthReport = { readonly ok: boolean; readonly checks: readonly (HealthResult & { readonly name: string })[] }

/** Asks every check; one that throws is not well. For /healthz (restart me) and, with other checks, /readyz (send me work). */
export function healthReport(checks: readonly HealthCheck[]): HealthReport {
  const results = checks.map(({ name, check }) => {
    try {
      return { name, ...check() }
    } catch (error) {
      return { name, ok: false, detail: error instanceof Error ? error.message : String(error) }
    }
  })
  return { ok: results.every((result) => result.ok), checks: results }
}

/** As text, one line a check, as the API server's own /healthz?verbose has it. */
export function healthText(report: HealthReport): string {
  const lines = report.checks.map(
    ({ name, ok, detail }) => `[${ok ? '+' : '-'}]${name} ${ok ? 'ok' : 'failed'}${detail === '' ? '' : `: ${detail}`}`,
  )
  return `${[...lines, report.ok ? 'healthy' : 'unhealthy'].join('\n')}\n`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** The event loop answers in time. */
export function loopCheck(lagMs: () => number, limitMs = 5_000): HealthCheck {
  return { name: 'event-loop', check: () => ({ ok: lagMs() <= limitMs, detail: `lag ${seconds(lagMs())}` }) }
}

/** The API server was heard of lately; an apiserver that is down is no reason to restart us, a deaf watch is: the limit is generous. */
export function contactCheck(
  reflectors: readonly { readonly kind: { readonly plural: string }; readonly lastContact: number }[],
  monotonic: () => number,
  limitMs = 600_000,
): HealthCheck {
  return {
    name: 'api-contact',
    check: () => {
      const silent = reflectors.filter((reflector) => monotonic() - reflector.lastContact > limitMs)
      const detail = silent.map(({ kind, lastContact }) => `nothing of ${kind.plural} for ${seconds(monotonic() - lastContact)}`)
      return { ok: silent.length === 0, detail: detail.join(', ') }
    },
  }
}

/** No worker is stuck on a key. */
export function workerCheck(
  metrics: () => { readonly longestRunningMs: number; readonly longestRunningKey: string | null },
  limitMs = 600_000,
): HealthCheck {
  return {
    name: 'workers',
    check: () => {
      const { longestRunningMs, longestRunningKey } = metrics()
      const ok = longestRunningMs <= limitMs
      return { ok, detail: ok ? '' : `${longestRunningKey} has been worked on for ${seconds(longestRunningMs)}` }
    },
  }
}

/** Who leads must not act as if it did with a lease that has run out: its signal was aborted, and it has not ended. */
export function leaseCheck(lease: { readonly leading: boolean; readonly holder: string }, leadsNow: () => boolean): HealthCheck {
  return {
    name: 'lease',
    check: () => ({
      ok: !leadsNow() || lease.leading,
      detail: lease.leading ? 'leading' : lease.holder === '' ? 'nobody leads' : `standing by for ${lease.holder}`,
    }),
  }
}
