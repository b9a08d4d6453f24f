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
