import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { nearest } from './shared/annotations.ts'
import type { Settings } from './shared/settings.ts'

const seconds = z.number().positive()

const profile = z.strictObject({
  vault: z.string().default('default').describe('The Vault to ask, a key of `vaults`.'),
  mount: z.string().default('pki').describe('Mount of the PKI secrets engine.'),
  role: z.string().describe('Role whose `sign` endpoint is used.'),
  keyType: z.enum(['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384']).default('rsa-2048').describe('Type of the key.'),
  ttlSeconds: seconds.default(30 * 86_400).describe('Life to ask Vault for.'),
  renewBeforeSeconds: seconds.default(10 * 86_400).describe('Renewed when about this is left; at most a third of its life.'),
})

const vaultAuth = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('kubernetes').describe('Login with a ServiceAccount token.'),
    role: z.string().describe('Role of the Kubernetes auth method.'),
    mount: z.string().default('kubernetes').describe('Mount of the auth method.'),
    tokenFile: z.string().default('/var/run/secrets/fairlead/vault/token').describe('File with the projected token.'),
  }),
  z.strictObject({
    method: z.literal('approle').describe('Login with an AppRole.'),
    mount: z.string().default('approle').describe('Mount of the auth method.'),
    roleId: z.string().describe('The role id.'),
    secretIdFile: z.string().describe('File with the secret id.'),
  }),
  z.strictObject({
    method: z.literal('token').describe('A token as it is.'),
    tokenFile: z.string().describe('File with the token.'),
  }),
])

export const schema = z.strictObject({
  clusterId: z
    .string()
    .regex(
      /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/,
      'at most 63 letters, digits, - _ and ., since it is a label, a tag and part of the TXT owner',
    )
    .default('')
    .describe('Identity of this cluster in tags; the UID of the namespace kube-system if empty.'),
  ownNamespace: z.string().default('fairlead-system').describe('Namespace of the Lease and of the Secrets with keys.'),
  policy: z
    .enum(['observe', 'upsert-only', 'sync'])
    .default('sync')
    .describe('`observe` writes nothing, `upsert-only` removes nothing, `sync` removes what is proven ours.'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged.'),
  logFormat: z.enum(['json', 'text']).default('json').describe('Format of the log.'),
  workers: z.number().int().positive().default(8).describe('Load balancer groups that are worked on at the same time.'),
  sweepSeconds: seconds.default(600).describe('Time between sweeps, the reads that find drift.'),
  lease: z
    .strictObject({
      name: z.string().default('fairlead').describe('Name of the Lease.'),
      durationSeconds: seconds.default(15).describe('How long it holds without being renewed.'),
      renewSeconds: seconds.default(10).describe('The leader gives up when it could not renew for so long.'),
      retrySeconds: seconds.default(2).describe('Time between attempts to take or renew it.'),
    })
    .prefault({}),
  aws: z
    .strictObject({
      account: z
        .string()
        .regex(/^\d{12}$/, '12 digits')
        .optional()
        .describe('Account id; asked of STS, or taken from `roleArn`, if left out.'),
      region: z.string().default('us-east-1').describe('Region of load balancers and certificates.'),
      vpcId: z.string().optional().describe('VPC of load balancers; may be left out if one VPC alone has tagged subnets.'),
      roleArn: z.string().optional().describe('Role to assume.'),
      externalId: z.string().optional().describe('External id for assuming the role.'),
      endpoint: z.string().optional().describe('One endpoint for all services: a stand-in, or a private endpoint.'),
      requestTimeoutSeconds: seconds.default(10).describe('Time for one request; less if the lease is shorter.'),
      share: z
        .number()
        .gt(0)
        .max(1)
        .default(0.7)
        .describe('Part of AWS’s request rates to take, since others live in the account.'),
    })
    .prefault({}),
  vaults: z
    .record(
      z.string(),
      z.strictObject({
        address: z.string().describe('URL of the Vault.'),
        namespace: z.string().optional().describe('Vault namespace.'),
        caFile: z.string().optional().describe('File with the CA certificates to trust.'),
        auth: vaultAuth.describe('How to log in.'),
        timeoutSeconds: seconds.default(10).describe('Time for one request.'),
      }),
    )
    .default({})
    .describe('Vaults by name.'),
  profiles: z.record(z.string(), profile).default({}).describe('Certificate profiles by name.'),
  defaultProfile: z.string().default('default').describe('Profile of an object that names none.'),
  dns: z
    .strictObject({
      txtOwner: z
        .string()
        .refine((owner) => owner !== 'default', 'an owner of its own: `default` is external-dns’s')
        .default('')
        .describe('Owner in TXT ownership records, not `default`; `fairlead-` and the cluster id if empty.'),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      scheme: z.enum(['internal', 'internet-facing']).default('internal').describe('Scheme of a load balancer.'),
      targetType: z.enum(['instance', 'ip']).default('instance').describe('Target type of a backend.'),
      sslPolicy: z.string().default('ELBSecurityPolicy-TLS13-1-2-2021-06').describe('Security policy of HTTPS listeners.'),
      tags: z.record(z.string(), z.string()).default({}).describe('Tags on what is made for load balancers.'),
    })
    .prefault({}),
  waits: z
    .strictObject({
      firstHealthySeconds: z
        .number()
        .nonnegative()
        .default(60)
        .describe('A host is published for the first time after this, even with no healthy target.'),
      aliasTtlSeconds: z.number().nonnegative().default(60).describe('How long resolvers hold an alias record.'),
      ttlMarginSeconds: z.number().nonnegative().default(10).describe('Added to every TTL that is waited for.'),
      propagationSeconds: z
        .number()
        .nonnegative()
        .default(60)
        .describe('Assumed for Route 53 when it can no longer tell of a change.'),
      loadBalancerActiveSeconds: z
        .number()
        .nonnegative()
        .default(180)
        .describe('How long a load balancer usually takes; shown in plans only.'),
    })
    .prefault({}),
  quotas: z
    .strictObject({
      rulesPerLoadBalancer: z.number().int().positive().default(100).describe('Rules without default rules.'),
      certificatesPerLoadBalancer: z.number().int().positive().default(25).describe('Certificates without default certificates.'),
      targetGroupsPerLoadBalancer: z.number().int().positive().default(100).describe('Target groups.'),
      conditionValuesPerRule: z.number().int().positive().default(5).describe('Hosts and paths of one rule.'),
      targetsPerTargetGroup: z.number().int().positive().default(1000).describe('Targets; the others are not registered.'),
    })
    .prefault({})
    .describe('Quotas of the account; raise them here after AWS raised them.'),
})

/** The whole configuration, checked and with its defaults; frozen. Durations in seconds. */
export type Config = Readonly<z.output<typeof schema>>

/** The configuration is wrong; `problems` has one line per mistake, each naming the key, what was read and what would be right. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly problems: readonly string[]
  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.join('; ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Reads a YAML file and what the command line says (which wins). Without a file, the defaults. */
export function readConfig(file: string | undefined, overrides: Readonly<Record<string, unknown>> = {}): Config {
  if (file === undefined) return parseConfig('', 'the command line', overrides)
  const path = fromCaller(file)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(path, [`cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`])
  }
  return parseConfig(text, path, overrides)
}

/** A path as the user means it: npm runs us in the package's folder and says in INIT_CWD where it was called. */
export function fromCaller(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path)
}

/** Parses the text of a configuration file. Throws ConfigError. */
export function parseConfig(text: string, source: string, overrides: Readonly<Record<string, unknown>> = {}): Config {
  const document = parseDocument(text)
  if (document.errors.length > 0)
    throw new ConfigError(
      source,
      document.errors.map((error) => error.message.split('\n')[0] ?? error.message),
    )
  const read: unknown = { ...(document.toJS() ?? {}), ...overrides }
  const result = schema.safeParse(read)
  if (!result.success)
    throw new ConfigError(
      source,
      result.error.issues.flatMap((issue) => problemsOf(issue, read)),
    )
  return Object.freeze(result.data)
}

function problemsOf(issue: z.core.$ZodIssue, read: unknown): readonly string[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    return issue.keys.map((key) => {
      const near = nearest(key, known)
      const where = path === '' ? key : `${path}.${key}`
      return `${where} is not a setting${near === null ? `; known here: ${known.join(', ')}` : `; did you mean ${path === '' ? near : `${path}.${near}`}?`}`
    })
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    read,
  )
  return [`${path || 'the file'} is ${value === undefined ? 'missing' : JSON.stringify(value)}: ${issue.message}`]
}

function keysAt(root: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let node: unknown = root
  for (const key of path) node = Object(Reflect.get(shapeOf(node) ?? {}, key))
  return Object.keys(shapeOf(node) ?? {})
}

function shapeOf(node: unknown): object | undefined {
  let at: unknown = node
  while (at instanceof z.ZodPrefault || at instanceof z.ZodDefault || at instanceof z.ZodOptional) at = at.unwrap()
  return at instanceof z.ZodObject ? at.shape : undefined
}

/** What planners read of the configuration, once the cluster, the account and the VPC are known. */
export function settingsOf(
  config: Config,
  found: { readonly clusterId: string; readonly account: string; readonly vpcId: string | null },
): Settings {
  return Object.freeze({
    removes: config.policy === 'sync',
    clusterId: found.clusterId,
    account: found.account,
    region: config.aws.region,
    vpcId: found.vpcId,
    ownNamespace: config.ownNamespace,
    txtOwner: config.dns.txtOwner === '' ? `fairlead-${found.clusterId.slice(0, 36)}` : config.dns.txtOwner,
    profiles: config.profiles,
    defaultProfile: config.defaultProfile,
    defaults: config.defaults,
    waits: config.waits,
    quotas: config.quotas,
  })
}
