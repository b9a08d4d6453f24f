/** The variables of a user's shell: without what npm sets for the scripts it runs, and without the test runner's. */
export function userEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(npm_|INIT_CWD$|VITEST|NODE_)/.test(name) ? [] : [[name, value]],
    ),
  )
}
