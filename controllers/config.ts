import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { aws } from './config/aws.ts'
import { ConfigError } from './config/config-error.ts'
import { defaults } from './config/defaults.ts'
import { dns } from './config/dns.ts'
import { general } from './config/general.ts'
import { http } from './config/http.ts'
import { lease } from './config/lease.ts'
import { problemsOf } from './config/problems.ts'
import { profiles } from './config/profiles.ts'
import { quotas } from './config/quotas.ts'
import { vaults } from './config/vaults.ts'
import { waits } from './config/waits.ts'
import type { Settings } from './shared/settings.ts'

export { ConfigError }

/** One line for each section. */
export const schema = z.strictObject({
  ...general,
  lease,
  http,
  aws,
  vaults,
  profiles,
  dns,
  defaults,
  waits,
  quotas,
})

/** The whole configuration, checked and with its defaults; frozen. Durations in seconds. */
export type Config = Readonly<z.output<typeof schema>>

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
      result.error.issues.flatMap((issue) => problemsOf(schema, issue, read)),
    )
  return Object.freeze(result.data)
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
