import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { nearest } from './shared/annotations.ts'
import type { Settings } from './shared/settings.ts'

const seconds = z.number().positive()

const profile = z.strictObject({
  vault: z.string().default('default'),
  mount: z.string().default('pki'),
  role: z.string(),
  keyType: z.enum(['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384']).default('rsa-2048'),
  ttlSeconds: seconds.default(30 * 86_400),
  renewBeforeSeconds: seconds.default(10 * 86_400),
})

const vaultAuth = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('kubernetes'),
    role: z.string(),
    mount: z.string().default('kubernetes'),
    tokenFile: z.string().default('/var/run/secrets/fairlead/vault/token'),
  }),
  z.strictObject({
    method: z.literal('approle'),
    mount: z.string().default('approle'),
    roleId: z.string(),
    secretIdFile: z.string(),
  }),
  z.strictObject({ method: z.literal('token'), tokenFile: z.string() }),
])

const schema = z.strictObject({
  /** Identity of this cluster in tags; the kube-system UID if empty. */
  clusterId: z.string().default(''),
  ownNamespace: z.string().default('fairlead-system'),
  controllers: z.array(z.enum(['certificates', 'loadbalancers', 'dns'])).default(['certificates', 'loadbalancers', 'dns']),
  policy: z.enum(['observe', 'upsert-only', 'sync']).default('sync'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  logFormat: z.enum(['json', 'text']).default('json'),
  workers: z.number().int().positive().default(8),
  sweepSeconds: seconds.default(600),
  lease: z
    .strictObject({
      name: z.string().default('fairlead'),
      durationSeconds: seconds.default(15),
      renewSeconds: seconds.default(10),
      retrySeconds: seconds.default(2),
    })
    .prefault({}),
  aws: z
    .strictObject({
      account: z
        .string()
        .regex(/^\d{12}$/, '12 digits')
        .optional(),
      region: z.string().default('us-east-1'),
      vpcId: z.string().optional(),
      roleArn: z.string().optional(),
      externalId: z.string().optional(),
      /** One endpoint for all services: a stand-in, or a private endpoint. */
      endpoint: z.string().optional(),
      requestTimeoutSeconds: seconds.default(10),
      /** The part of AWS's request rates that Fairlead takes, since others live in the account. */
      share: z.number().gt(0).max(1).default(0.7),
    })
    .prefault({}),
  vaults: z
    .record(
      z.string(),
      z.strictObject({
        address: z.string(),
        namespace: z.string().optional(),
        caFile: z.string().optional(),
        auth: vaultAuth,
        timeoutSeconds: seconds.default(10),
      }),
    )
    .default({}),
  profiles: z.record(z.string(), profile).default({}),
  defaultProfile: z.string().default('default'),
  dns: z
    .strictObject({
      txtOwner: z
        .string()
        .refine((owner) => owner !== 'default', 'an owner of its own: `default` is external-dns’s')
        .default(''),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      scheme: z.enum(['internal', 'internet-facing']).default('internal'),
      targetType: z.enum(['instance', 'ip']).default('instance'),
      sslPolicy: z.string().default('ELBSecurityPolicy-TLS13-1-2-2021-06'),
      tags: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  waits: z
    .strictObject({
      firstHealthySeconds: z.number().nonnegative().default(60),
      aliasTtlSeconds: z.number().nonnegative().default(60),
      ttlMarginSeconds: z.number().nonnegative().default(10),
      propagationSeconds: z.number().nonnegative().default(60),
      loadBalancerActiveSeconds: z.number().nonnegative().default(180),
    })
    .prefault({}),
  quotas: z
    .strictObject({
      rulesPerLoadBalancer: z.number().int().positive().default(100),
      certificatesPerLoadBalancer: z.number().int().positive().default(25),
      targetGroupsPerLoadBalancer: z.number().int().positive().default(100),
      conditionValuesPerRule: z.number().int().positive().default(5),
      targetsPerTargetGroup: z.number().int().positive().default(1000),
    })
    .prefault({}),
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
