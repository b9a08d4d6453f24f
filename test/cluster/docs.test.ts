import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandResult } from '../env/fairlead-process.ts'
import { kubeApply } from '../env/kube-api.ts'
import { type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { type DocCommand, docCommands } from '../support/doc-commands.ts'
import { docPages } from '../support/doc-pages.ts'
import { type DocRule, docRuleOf } from '../support/doc-rules.ts'
import { type DocTerminal, docTerminal } from '../support/doc-terminal.ts'
import { monitoringDefinitions } from '../support/monitoring-definitions.ts'

const FIRST = 'docs/guides/start.md'
/** Ends what a page has frozen. */
const SAFETY = 'kubectl -n fairlead-system delete configmap fairlead-safety --ignore-not-found'
/** What stands for the reader's own. */
const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/\[NAMESPACE\/NAME\]/, 'games/game'],
  [/\bNAME -n NAMESPACE\b/, 'game -n games'],
  [/ -f FILE(\|DIR)?$/, ' -f deploy/samples/game.yaml'],
  [/=REASON$/, '=reason'],
]

const commands = docPages().flatMap(docCommands)
const pages = [FIRST, ...new Set(commands.map(({ page }) => page).filter((page) => page !== FIRST))]
const ruleOf = (command: DocCommand): DocRule => docRuleOf(command) ?? { match: /^/ }

describe('every command of the pages on real servers (real clock)', () => {
  let stage: Stage
  let terminal: DocTerminal
  /** What a command of a page has in the place of the name of the brake. */
  let brake = 'lost-1a2b3c4d'
  /** What was named before, on another page. */
  const asked = new Set<string>()

  beforeAll(async () => {
    stage = await startStage({
      release: true,
      config: { safety: { brakeLeast: 1 }, sweepSeconds: 5, waits: { firstHealthySeconds: 20 } },
    })
    terminal = await docTerminal(stage)
    for (const definition of monitoringDefinitions)
      await kubeApply(stage.environment.apiServer, 'customresourcedefinitions', definition)
    await until('the kinds of the Prometheus operator', () =>
      stage.kubectl('get', 'servicemonitors,prometheusrules', '-A').then(() => true),
    )
  })
  afterAll(async () => {
    await terminal?.[Symbol.asyncDispose]()
    await stage?.stop()
  })

  const steps: Readonly<Record<NonNullable<DocRule['before']>, () => Promise<void>>> = {
    async running() {
      stage.fairlead.start()
      await until('Fairlead has started', async () =>
        (await readFile(stage.fairlead.logFile, 'utf8').catch(() => '')).includes('"msg":"starting"'),
      )
    },
    async served() {
      await steps.running()
      await succeeds('npm run --silent fairlead -- wait games/game --timeout=60s')
      await copyFile(stage.fairlead.logFile, join(terminal.folder, 'audit.log'))
    },
    async 'frozen-by-nobody'() {
      await succeeds(SAFETY)
    },
    async stopped() {
      await stage.fairlead.stop()
    },
    /** Two Ingresses lose their class, which nobody asked for in so many words. */
    async braked() {
      await succeeds(SAFETY)
      await steps.served()
      await succeeds('kubectl -n games create ingress other --class=fairlead --rule=other.example.com/*=game:80')
      await succeeds('kubectl -n games annotate ingress other alb.ingress.kubernetes.io/target-type=ip')
      await succeeds('npm run --silent fairlead -- wait games/other --timeout=60s')
      await succeeds('kubectl delete ingressclass fairlead')
      const name = await until('removals are stopped', async () => {
        const { stdout } = await succeeds('npm run --silent fairlead -- brake')
        return /^lost-[0-9a-f]{8}/m.exec(stdout)?.[0]
      })
      brake = name
      await succeeds('kubectl apply --server-side -f deploy/kustomize/base/ingress-class.yaml')
    },
  }

  async function succeeds(text: string): Promise<CommandResult> {
    const result = await terminal.run(text)
    expect([text, result.code, result.code === 0 ? '' : result.stderr]).toEqual([text, 0, ''])
    return result
  }

  async function check(command: DocCommand): Promise<void> {
    const { before, exits = [0], tells = /^/, named, not } = ruleOf(command)
    const at = `${command.page}:${command.line}`
    if (not !== undefined) return
    if (named) return checkNamed(command)
    if (before !== undefined) await steps[before]()
    const text = PLACEHOLDERS.reduce((so, [from, to]) => so.replace(from, to), command.text).replace('lost-1a2b3c4d', brake)
    const { code, stdout, stderr } = await terminal.run(text)
    expect(exits, `${at}: ${text}\nended with ${code}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`).toContain(code)
    expect(`${stdout}${stderr}`, `${at}: ${text}`).toMatch(tells)
  }

  /** `fairlead brake acknowledge NAME`: there is such a command, and it has the options that are named. */
  async function checkNamed({ page, line, text }: DocCommand): Promise<void> {
    const words = text.split(' ').slice(1)
    const verbs = words.filter((word) => /^[a-z]+$/.test(word))
    if (asked.has(text)) return
    asked.add(text)
    const { stdout } = await succeeds(`npm run --silent fairlead -- ${verbs.join(' ')} --help`)
    expect(stdout, `${page}:${line}: ${text}`).toMatch(new RegExp(`^Usage: .*\\b${verbs.join(' ')}\\b`))
    for (const option of text.match(/--[a-z-]+/g) ?? []) expect(stdout, `${page}:${line}: ${text}`).toContain(option)
  }

  it.each(pages)('%s', { timeout: 600_000 }, async (page) => {
    for (const command of commands) if (command.page === page && ruleOf(command).last === undefined) await check(command)
    await succeeds(SAFETY)
  })

  it('those that take everything away', { timeout: 600_000 }, async () => {
    const last = commands.filter((command) => ruleOf(command).last !== undefined)
    expect(last.length).toBeGreaterThan(3)
    // The installation goes last of all.
    const removes = ({ text }: DocCommand) => Number(text.startsWith('kubectl delete'))
    for (const command of [...last].sort((a, b) => removes(a) - removes(b))) await check(command)
  })
})
