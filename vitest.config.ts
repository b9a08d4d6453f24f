import { defineConfig } from 'vitest/config'

/** The tiers of DESIGN: unit and property need Node alone; the others start the real servers of test/env. */
const tier = (name: string, timeoutSeconds: number, parallel: boolean) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeoutSeconds * 1000,
    hookTimeout: 180_000,
    fileParallelism: parallel,
    // The tiers that need Node alone keep no state between files: sharing the modules halves their time.
    isolate: !parallel,
    setupFiles: ['test/support/seed.ts'],
  },
})

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      tier('unit', 5, true),
      tier('property', 60, true),
      tier('contract', 60, false),
      tier('simulated', 120, false),
      tier('cluster', 120, false),
      tier('fault', 300, false),
    ],
  },
})
