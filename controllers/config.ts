import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { accounts } from './config/accounts.ts'
import { audit } from './config/audit.ts'
import { aws } from './config/aws.ts'
import { ConfigError } from './config/config-error.ts'
import { crossChecks } from './config/cross-checks.ts'
import { defaults } from './config/defaults.ts'
import { dns } from './config/dns.ts'
import { type Environment, FILE_VARIABLES } from './config/environment.ts'
import { general } from './config/general.ts'
import { http } from './config/http.ts'
import { lease } from './config/lease.ts'
import { profiles } from './config/profiles.ts'
import { quotas } from './config/quotas.ts'
import { type Resolved, resolveConfig } from './config/resolve.ts'
import { safety } from './config/safety.ts'
import { schemaNode } from './config/schema-node.ts'
import { type Setting, settingsIn } from './config/setting.ts'
import { tenancy } from './config/tenancy.ts'
import { vaults } from './config/vaults.ts'
import { waits } from './config/waits.ts'
import type { Settings } from './shared/settings.ts'

export { ConfigError }

/** One line for each section. */
const sections = z.strictObject({
  ...general,
  lease,
  http,
  aws,
  accounts,
  vaults,
  profiles,
  dns,
  defaults,
  waits,
  quotas,
  tenancy,
  safety,
  audit,
})

export const schema = sections.superRefine(crossChecks)

/** The whole configuration, checked and with its defaults; frozen. Durations in seconds. */
export type Config = Readonly<z.output<typeof schema>>

/**
 * What is in effect, from the command line (texts by key), the environment, a YAML file and the defaults, in this order; and where
 * each value came from. Throws ConfigError.
 */
export function effectiveConfig(
  file: string | undefined,
  flags: Readonly<Record<string, string>> = {},
  environment: Environment = process.env,
): Resolved<Config> {
  const source = file ?? environment[FILE_VARIABLES.config]
  const given = { flags, environment, source: source ?? 'the configuration' }
  if (source === undefined) return resolveConfig(schema, { ...given, text: '' })
  try {
    return resolveConfig(schema, { ...given, text: readFileSync(fromCaller(source), 'utf8') })
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError(source, [`${source} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`])
  }
}

/** The configuration in effect. */
export function readConfig(
  file: string | undefined,
  flags: Readonly<Record<string, string>> = {},
  environment: Environment = process.env,
): Config {
  return effectiveConfig(file, flags, environment).value
}

/** The kubeconfig that the environment names, if the command line does not. */
export function kubeconfigFile(flag: string | undefined): string | undefined {
  const file = flag ?? process.env[FILE_VARIABLES.kubeconfig]
  return file === undefined ? undefined : fromCaller(file)
}

/** A path as the user means it: npm runs us in the package's folder and says in INIT_CWD where it was called. */
export function fromCaller(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path)
}

/** Parses the text of a configuration file, and nothing else. Throws ConfigError. */
export function parseConfig(text: string, source: string, overrides: Readonly<Record<string, unknown>> = {}): Config {
  return resolveConfig(schema, { text, source, overrides }).value
}

/** Every setting, with its flag and its variable. */
export function allSettings(): readonly Setting[] {
  return settingsIn(schemaNode(schema))
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
    accounts: namedAccounts(config),
    vpcId: found.vpcId,
    ownNamespace: config.ownNamespace,
    txtOwner: config.dns.txtOwner === '' ? `fairlead-${found.clusterId.slice(0, 36)}` : config.dns.txtOwner,
    profiles: config.profiles,
    defaultProfile: config.defaultProfile,
    defaults: config.defaults,
    waits: config.waits,
    quotas: config.quotas,
    tenancy: config.tenancy,
  })
}

function namedAccounts({ accounts }: Config): Settings['accounts'] {
  return Object.fromEntries(
    Object.entries(accounts).map(([name, { id, partition, regions, vpcId = null, zones = null }]) => [
      name,
      { id, partition, regions, vpcId, zones },
    ]),
  )
}
