import fc from 'fast-check'

/** The same cases in every run, so that a red one is about the change before it; the exhaustive run looks for new ones. */
if (process.env.FAIRLEAD_LONG !== '1') fc.configureGlobal({ seed: 20261124 })
