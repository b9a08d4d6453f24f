import { serveHttp } from '../api/serve-http.ts'
import type { Config } from '../config.ts'
import { connect } from '../connect.ts'
import { fairlead } from '../main.ts'

/** `fairlead run`: the controller. Ends on SIGTERM or SIGINT: stops taking work, finishes what it began, releases the lease. */
export async function run(config: Config, options: { readonly kubeconfig?: string }): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(new Error(signal)))
  const connection = await connect(config, { ...options, writes: true })
  const { ports, settings } = connection
  ports.log.info('starting', {
    cluster: settings.clusterId,
    account: settings.account,
    region: settings.region,
    policy: config.policy,
    identity: ports.identity,
  })
  try {
    const { manager, recorder, meter, watched } = fairlead(config, settings, ports)
    const { telemetry, standing } = meter
    const parts = { telemetry, standing, manager, watched }
    const http = await serveHttp({ ...ports, ...parts, config, api: ports.kubernetes, stopping: stop.signal })
    // Whoever asks is answered until the work is done.
    await manager.run(stop.signal).finally(() => http.stop())
    await recorder.stop()
  } finally {
    await connection.close()
  }
  ports.log.info('stopped')
  return 0
}
