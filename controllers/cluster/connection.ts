import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import { type Cluster, KubeConfig } from '@kubernetes/client-node'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { Clock } from '../runtime/clock.ts'

/** Which connections a call uses: a stalled watch or a queue of requests must never delay a lease. */
export type Lane = 'requests' | 'watches' | 'leases'

type Credentials = {
  readonly origin: string
  /** The server URL may have a path (a proxy in front of several clusters). */
  readonly prefix: string
  readonly headers: Readonly<Record<string, string>>
  readonly lanes: Readonly<Record<Lane, Dispatcher>>
}

/** Tokens and CAs are files that rotate; the kubelet replaces a projected token at 80 % of its life. */
const RECHECK_MS = 30_000
const RECHECK_AFTER_UNAUTHORIZED_MS = 5_000

/**
 * Where the API server is and how to prove who we are, by client-node's KubeConfig (kubeconfig, in-cluster, exec plugins, OIDC),
 * over agents of our own: client-node 2.0.1 builds a new agent, and so a new TLS connection, for every request.
 */
export class Connection {
  readonly #kubeconfig: string | undefined
  readonly #clock: Clock
  #config: KubeConfig
  #current: Promise<Credentials> | null = null
  #checkedAt = 0
  #signature = ''
  #lanes: Record<Lane, Dispatcher> | null = null

  constructor(kubeconfig: string | undefined, clock: Clock) {
    this.#kubeconfig = kubeconfig
    this.#clock = clock
    this.#config = this.#load()
  }

  /** The agents and headers for a call made now. */
  credentials(): Promise<Credentials> {
    const age = this.#clock.monotonic() - this.#checkedAt
    if (this.#current !== null && age < RECHECK_MS) return this.#current
    this.#checkedAt = this.#clock.monotonic()
    const fresh = this.#read()
    this.#current = fresh
    fresh.catch(() => {
      if (this.#current === fresh) this.#current = null
    })
    return fresh
  }

  /** The server did not accept our token: read everything again before the next call, but not for every such answer. */
  unauthorized(): void {
    if (this.#clock.monotonic() - this.#checkedAt < RECHECK_AFTER_UNAUTHORIZED_MS) return
    try {
      this.#config = this.#load()
    } catch {
      // A kubeconfig that is being rewritten: the one we have stays.
      return
    }
    this.#current = null
  }

  async close(): Promise<void> {
    const lanes = this.#lanes
    this.#lanes = null
    this.#current = null
    this.#signature = ''
    if (lanes !== null) await Promise.all(Object.values(lanes).map((lane) => lane.destroy()))
  }

  #load(): KubeConfig {
    const config = new KubeConfig()
    if (this.#kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(this.#kubeconfig)
    if (config.getCurrentCluster() === null) throw new Error('the kubeconfig names no current cluster')
    return config
  }

  async #read(): Promise<Credentials> {
    const cluster = this.#config.getCurrentCluster()
    if (cluster === null) throw new Error('the kubeconfig names no current cluster')
    const options: RequestOptions & { headers: Record<string, string> } = { headers: {} }
    await this.#config.applyToHTTPSOptions(options)
    const url = new URL(cluster.server)
    const headers: Record<string, string> = { ...(options.headers as Record<string, string>) }
    if (typeof options.auth === 'string') headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`
    // A trailing newline in a token file is common, and not allowed in a header.
    for (const [name, value] of Object.entries(headers)) headers[name] = value.trim()
    return { origin: url.origin, prefix: url.pathname.replace(/\/$/, ''), headers, lanes: this.#lanesFor(cluster, options) }
  }

  #lanesFor(cluster: Cluster, options: RequestOptions): Record<Lane, Dispatcher> {
    const { ca, cert, key, rejectUnauthorized, servername } = options
    const tls = defined({ ca, cert, key, rejectUnauthorized, servername })
    const signature = createHash('sha256')
      .update(JSON.stringify([cluster.server, cluster.proxyUrl, tls]))
      .digest('hex')
    if (this.#lanes !== null && signature === this.#signature) return this.#lanes
    const old = this.#lanes
    this.#signature = signature
    // Watches end by themselves within minutes; the old agents close once they have.
    if (old !== null) for (const lane of Object.values(old)) lane.close().catch(() => undefined)
    // HTTP/1.1 throughout: over HTTP/2 all calls share one TCP connection, and a stalled one stalls them all.
    this.#lanes = {
      requests: agent(cluster, tls, 8),
      watches: agent(cluster, tls, null),
      leases: agent(cluster, tls, 2),
    }
    return this.#lanes
  }
}

function agent(cluster: Cluster, tls: object, connections: number | null): Dispatcher {
  const options = {
    connections,
    allowH2: false,
    pipelining: 1,
    // Deadlines are ours, by signal, on our clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  }
  const proxy = cluster.proxyUrl
  if (proxy === undefined || proxy === '') return new Agent({ ...options, connect: { ...tls, timeout: 5_000 } })
  if (!proxy.startsWith('http')) throw new Error('the kubeconfig names a proxy that is not http or https')
  return new ProxyAgent({ ...options, uri: proxy, requestTls: tls })
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
