import { KubernetesError } from '../../controllers/cluster/errors.ts'
import type { AwsFault } from './aws.ts'
import type { SimulatedStage } from './simulated-stage.ts'

/** One way in which one service is down; `begin` returns its end. */
export type Outage = {
  /** As the finding names it. */
  readonly dependency: string
  readonly how: string
  /** Of AWS; null for what the call log of AWS does not show. */
  readonly service: string | null
  begin(stage: SimulatedStage): Promise<() => Promise<void>>
}

/** By the name that the finding has, the stand-in's. */
const AWS_SERVICES = { acm: 'acm', elbv2: 'elbv2', ec2: 'ec2', route53: 'route53', tagging: 'resourcegroupstaggingapi' }

/** https://docs.aws.amazon.com/general/latest/gr/sigv4-troubleshooting.html for the last two. */
const AWS_FAULTS: Readonly<Record<string, Omit<AwsFault, 'service' | 'operation'>>> = {
  throttles: { kind: 'throttle' },
  'answers 500': { kind: 'error500' },
  'resets connections': { kind: 'reset' },
  'denies access': { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 },
  'says expired': { kind: 'error', code: 'ExpiredToken', message: 'The security token included is expired', status: 403 },
  'finds the clock wrong': {
    kind: 'error',
    code: 'SignatureDoesNotMatch',
    message: 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z',
    status: 403,
  },
  // Longer than the client waits, in real time: the clock stands still meanwhile.
  hangs: { kind: 'hang', seconds: 30 },
}

const VAULT_FAULTS = {
  'is sealed': { code: 'sealed', status: 503, vaultMessage: 'Vault is sealed' },
  'is too slow': { code: 'timeout' },
  'denies access': { code: 'forbidden', status: 403, vaultMessage: 'permission denied' },
  'limits the rate': { code: 'rate-limited', status: 429, retryAfterSeconds: 20 },
} as const

const refused =
  (code: 'KUBERNETES_SERVER_ERROR' | 'KUBERNETES_TOO_MANY_REQUESTS' | 'KUBERNETES_CONNECTION', status: number) => () =>
    new KubernetesError({ code, status, what: 'the outage' })
const KUBERNETES_FAULTS = {
  'answers 500': refused('KUBERNETES_SERVER_ERROR', 500),
  'answers 429': refused('KUBERNETES_TOO_MANY_REQUESTS', 429),
  'cannot be reached': refused('KUBERNETES_CONNECTION', 0),
}

const aws = (service: keyof typeof AWS_SERVICES): readonly Outage[] =>
  Object.entries(AWS_FAULTS).map(([how, fault]) => ({
    dependency: `AWS ${service} `,
    how,
    service: AWS_SERVICES[service],
    begin: async (stage) => {
      await stage.aws.faults([{ service: AWS_SERVICES[service], every: 1, ...fault }])
      return () => stage.aws.clearFaults()
    },
  }))

const vault = Object.entries(VAULT_FAULTS).map(
  ([how, failure]): Outage => ({
    dependency: 'Vault ',
    how,
    service: null,
    begin: async (stage) => {
      stage.vault.fail(failure)
      return async () => stage.vault.fail(null)
    },
  }),
)

/** With everything that is open cut off, as when etcd or the API server restarts. */
const kubernetes = Object.entries(KUBERNETES_FAULTS).map(
  ([how, error]): Outage => ({
    dependency: 'Kubernetes API server',
    how,
    service: null,
    begin: async (stage) => {
      let down = true
      stage.kubernetes.fail({ on: () => down, mode: 'before', error, times: Number.POSITIVE_INFINITY })
      for (const watch of stage.kubernetes.watches()) watch.break()
      return async () => {
        down = false
      }
    },
  }),
)

/** Each service with every way in which it is down. */
export const OUTAGES: readonly (readonly Outage[])[] = [
  ...(Object.keys(AWS_SERVICES) as (keyof typeof AWS_SERVICES)[]).map(aws),
  vault,
  kubernetes,
]
