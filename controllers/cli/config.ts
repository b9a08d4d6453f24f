import { printConfig } from '../config/print.ts'
import type { Resolved } from '../config/resolve.ts'
import type { Config } from '../config.ts'

export type ConfigPrintOptions = { readonly output: 'yaml' | 'json'; readonly sources: boolean }

/** `fairlead config print`: the configuration in effect. Secrets are left out. */
export function printEffective({ value, origins }: Resolved<Config>, options: ConfigPrintOptions): string {
  return printConfig(value, options.output, options.sources ? origins : null)
}
