import type { DocCommand } from './doc-commands.ts'

/** What the test of the pages does with commands that look so. The first rule that matches counts. */
export type DocRule = {
  readonly match: RegExp
  /** Not run, and why; it is checked for its form alone. */
  readonly not?: string
  /** A command that is named in passing: whether there is such a command with such options is asked of its help. */
  readonly named?: true
  /** What it may end with; 0 if left out. */
  readonly exits?: readonly number[]
  /** What its output has to have in it. */
  readonly tells?: RegExp
  /** What has to be so before it, by the name of a step of the test. */
  readonly before?: 'frozen-by-nobody' | 'running' | 'served' | 'braked' | 'stopped'
  /** It takes away what others need: after all pages. */
  readonly last?: true
}

const PLANNED = [0, 2]

export const DOC_RULES: readonly DocRule[] = [
  // What is only named.
  { match: /^fairlead run$/, not: 'does not end; the stage of this test runs it' },
  { match: /^fairlead /, named: true },
  { match: /^kubectl apply$/, not: 'a word for it, not a command' },
  { match: /^npm (ci --ignore-scripts|run)$/, not: 'what the bootstrap and the Dockerfile do; named, not to be typed' },

  // The tools of the repository.
  {
    match: /^npm run demo( -- --once)?$/,
    not: 'the main job as a check of its own: main-job.test.ts runs the same on the same stage',
  },
  {
    match: /^npm (test|run (check|test:unit|test:long))$/,
    not: 'runs the tests, of which this is one',
  },
  { match: /^npm run (env|aws)$/, not: 'does not end; env.test.ts and the tests of the stand-in start the same' },
  { match: /^npm run generate$/, not: 'writes into the checkout; generated.test.ts holds what it writes to what is there' },
  { match: /^npm run bundle$/, not: 'writes into the checkout; image.test.ts makes the bundle elsewhere, and runs it' },
  { match: /^npm run bench:\w+$/, not: 'measures for minutes, and passes no judgement' },
  {
    match: /^docker (build|push) /,
    not: 'needs a Docker daemon and a registry; image.test.ts runs the stages of the Dockerfile',
  },
  { match: /fairlead -- --config fairlead\.yaml run$/, not: 'does not end; the stage of this test runs it' },

  // From nothing to the first served Ingress.
  { match: /^aws /, tells: /./ },
  { match: /^vault auth enable kubernetes$/, exits: [0, 2] },
  { match: /^vault |\| vault /, tells: /Success|allowed_domains/ },
  { match: /^cp -r deploy\/kustomize\/overlays\/example / },
  { match: /^kubectl apply --server-side -k /, tells: /deployment\.apps\/fairlead serverside-applied/ },
  { match: /rollout status deployment\/fairlead/, tells: /successfully rolled out/ },
  { match: /fairlead -- wait games\/game/, before: 'running', tells: /games\/game is served/ },
  { match: /fairlead -- explain .*-o json/, before: 'served', tells: /"version": 1/ },
  { match: /fairlead -- explain /, before: 'served', tells: /games\/game/ },
  { match: /fairlead -- status/, before: 'served', tells: /games\/game {2}Served/ },
  { match: /fairlead\.mjs status$/, before: 'served', tells: /games\/game {2}Served/ },
  { match: /(fairlead --|fairlead\.mjs)( --config fairlead\.yaml)? plan\b/, exits: PLANNED, tells: /./ },
  { match: /(fairlead --|fairlead\.mjs).* config (print|--help)/, tells: /workers/ },

  // What an operator does.
  { match: /fairlead -- audit verify/, before: 'served', tells: /whole: \d+ audit lines/ },
  { match: /fairlead -- audit grep .*--outcome failed/, before: 'served', exits: [0, 1] },
  { match: /fairlead -- audit grep/, before: 'served', tells: /Certificate|LoadBalancer|RecordSet/ },
  { match: /fairlead -- freeze/, before: 'frozen-by-nobody' },
  { match: /fairlead -- unfreeze$/ },
  { match: /create configmap fairlead-safety/, before: 'frozen-by-nobody' },
  { match: /fairlead -- brake acknowledge lost-1a2b3c4d$/, before: 'braked' },
  { match: /fairlead -- brake$/, tells: /on/ },
  { match: /^kubectl diff -k /, exits: [0, 1] },
  {
    match: /^kubectl .* port-forward /,
    not: 'the pods of the stage are KWOK’s, and no kubelet forwards a port of them; http.test.ts asks the Fairlead of the stage itself',
  },
  { match: /^TOKEN=\$\(kubectl .* create token /, before: 'served', tells: /^ey/ },
  { match: /^curl /, not: 'http.test.ts asks the same of the Fairlead of the stage, with tokens of all three kinds' },
  { match: /^openssl rand /, tells: /^[0-9a-f]{64}/ },
  { match: /fairlead -- release --all$/, before: 'stopped', exits: [2], tells: /Nothing was done/, last: true },
  { match: /fairlead -- release --all --yes$/, before: 'stopped', tells: /serves as before|nothing here is ours/, last: true },
  { match: /fairlead -- release --all --delete --yes$/, before: 'stopped', tells: /is removed|nothing here is ours/, last: true },
  { match: /^kubectl delete -k /, before: 'stopped', last: true },
  { match: /^kubectl .*\blogs deployment\/fairlead$/, before: 'running', tells: /"msg":"starting"/ },
  { match: /^kubectl (-n \S+ )?(get|describe|auth|config|apply|create|patch) / },
]

/** The rule of a command; null if there is none. */
export function docRuleOf({ text }: Pick<DocCommand, 'text'>): DocRule | null {
  return DOC_RULES.find(({ match }) => match.test(text)) ?? null
}
