import type { Kubernetes } from '../cluster/kubernetes.ts'
import type { Config } from '../config.ts'
import type { Leadership } from '../runtime/leadership.ts'
import type { Log } from '../runtime/log.ts'
import { LoopLag } from '../runtime/loop-lag.ts'
import type { Manager } from '../runtime/manager.ts'
import { seldom } from '../runtime/seldom.ts'
import type { Telemetry } from '../runtime/telemetry.ts'
import type { Watched } from '../runtime/watched.ts'
import { app } from './app.ts'
import type { Authenticators } from './authenticate.ts'
import { type ChecksOptions, liveness, readiness } from './checks.ts'
import { clientKey, plainAddress } from './client-key.ts'
import { FileTokens } from './file-tokens.ts'
import { type HttpServer, listen } from './http-server.ts'
import { oidcCallers } from './oidc.ts'
import { RateLimits } from './rate-limits.ts'
import { StatusAnswers, type StatusOptions } from './status.ts'
import { tokenReviewCallers } from './token-review.ts'

export type ServeOptions = Omit<StatusOptions, 'policy' | 'lease' | 'watched'> & {
  readonly config: Pick<Config, 'http' | 'policy'>
  /** For TokenReviews and SubjectAccessReviews, which are no writes. */
  readonly api: Pick<Kubernetes, 'create'>
  readonly lease: Pick<Leadership, 'leading' | 'holder'>
  readonly watched: Watched
  readonly manager: Pick<Manager, 'queue'>
  readonly telemetry: Telemetry
  readonly log: Log
  /** Aborted when the process is told to end: it answers until its work is done. */
  readonly stopping: AbortSignal
}

/** The HTTP server of `fairlead run`. Rejects with CannotServe if it cannot begin. */
export async function serveHttp(options: ServeOptions): Promise<Pick<HttpServer, 'port' | 'stop'>> {
  const { config, api, clock, telemetry, log, stopping } = options
  const { http, policy } = config
  const tell = seldom(clock, (what, fields) => log.warn(what, fields))
  // Who observes works without a Lease.
  const lease = policy === 'observe' ? { leading: true, holder: '' } : options.lease
  const { oidc, ...authenticators } = await authenticatorsOf(options, tell)
  const loop = new LoopLag(clock)
  const checks: ChecksOptions = { ...options, lease, lagMs: () => loop.ms, stopping: () => stopping.aborted }
  const limits = new RateLimits({ clock, requestsPerSecond: http.requestsPerSecond, refusalsPerSecond: http.refusalsPerSecond })
  telemetry.watchProcess()
  telemetry.source('fairlead_event_loop_lag_seconds', () => [{ labels: {}, value: loop.ms / 1000 }])
  const { fetch } = app({
    authenticators: { ...authenticators, oidc },
    limits,
    liveness: liveness(checks),
    readiness: readiness(checks),
    status: new StatusAnswers({ ...options, policy, lease }),
    telemetry,
    log,
    maxBodyBytes: http.maxBodyBytes,
  })
  const onRefused = (client: string, { code, status }: { readonly code: string; readonly status: number }) => {
    limits.refused(clientKey(client))
    telemetry.count('fairlead_http_requests_total', { route: '(none)', code: String(status) })
    log.info('refused', { client: plainAddress(client), route: '(none)', status, code })
  }
  try {
    const server = await listen({ ...http, fetch, clock, onRefused })
    log.info('listening', { address: server.address })
    return {
      port: server.port,
      async stop() {
        await server.stop()
        loop.stop()
        await oidc?.close()
      },
    }
  } catch (error) {
    loop.stop()
    await oidc?.close()
    throw error
  }

  async function authenticatorsOf(
    { config: { http: given } }: ServeOptions,
    told: typeof tell,
  ): Promise<Authenticators & { readonly oidc: Awaited<ReturnType<typeof oidcCallers>> | null }> {
    const fileTokens = await FileTokens.read({
      tokens: given.tokens,
      clock,
      onProblem: (name, problem) =>
        told(`token ${name}`, 'a token cannot be read any more: it lets nobody in', { name, problem }),
    })
    const noKeys = (problem: unknown) => told('oidc', 'the keys of the OIDC issuer cannot be read', { problem })
    const unasked = (problem: unknown) => told('review', 'the API server cannot be asked who calls', { problem })
    const { enabled, audiences, cacheSeconds } = given.tokenReview
    return {
      fileTokens,
      oidc: given.oidc === undefined ? null : await oidcCallers(given.oidc, clock, noKeys),
      tokenReview: enabled ? tokenReviewCallers({ api, clock, audiences, cacheSeconds, onProblem: unasked }) : null,
    }
  }
}
