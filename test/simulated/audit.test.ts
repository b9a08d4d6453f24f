import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import { type AuditLine, auditLine, type IntentLine, type OutcomeLine } from '../../controllers/shared/audit-line.ts'
import { AuditVerifier } from '../../controllers/shared/audit-verify.ts'
import type { StartedAws } from '../support/aws.ts'
import { type Life, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const GAME = { namespace: 'games', name: 'game' }

describe('the audit trail of the main job (simulated clock)', () => {
  it('has every write to AWS, Vault and Kubernetes between an intent and an outcome, in chains that hold', async () => {
    await using stage = await given()
    const life = stage.start()
    const awsCalls = await aws.callsDuring(async () => {
      await served(stage)
      stage.kubernetes.delete(INGRESSES, GAME)
      await stage.clock.runUntil(() => stage.kubernetes.get(INGRESSES, GAME) === null, { deadlineMs: 60 * MINUTE })
      await stage.clock.advance(10 * MINUTE)
    })
    await life.stop()
    const { intents, outcomes } = writesOf(life)
    expect(verdict(life)).toMatchObject({ problem: null, open: [], chains: 1 })
    expect(intents.length).toBe(outcomes.length)

    // A call that several changes share stands in each of their outcomes.
    const audited = new Set(outcomes.flatMap((line) => line.calls.map((call) => call.requestId)))
    const writes = awsCalls.filter((call) => !/^(Describe|Get|List|Assume)/.test(call.operation))
    expect(writes.length).toBeGreaterThan(20)
    for (const call of writes) expect(audited, `${call.operation} ${call.requestId}`).toContain(call.requestId)
    const made = outcomes.flatMap((line) => line.calls)
    expect(made.filter((call) => call.service === 'vault')).toHaveLength(1)
    const kubernetes = new Set(
      life.session.calls.filter((call) => /^kubernetes (create|patch|replace|delete) (?!Event)/.test(call)),
    )
    expect(new Set(made.filter((call) => call.service === 'kubernetes').map((call) => `kubernetes ${call.operation}`))).toEqual(
      kubernetes,
    )
    // What is planned is what is called; not more, and nothing else.
    for (const line of intents.filter((one) => one.type.startsWith('AWS::')))
      expect(line.planned.length, line.change).toBeGreaterThan(0)
  })

  it('names the object with its UID, who changed it last, and the pass, as the log does', async () => {
    await using stage = await given()
    const life = stage.start()
    await served(stage)
    await life.stop()
    const ingress = stage.kubernetes.get(INGRESSES, GAME)!
    const { intents } = writesOf(life)
    const record = intents.find((line) => line.type === 'AWS::Route53::RecordSet' && line.target.startsWith('game.example.com'))!
    expect(record.object).toMatchObject({ ...GAME, kind: 'Ingress', uid: ingress.metadata.uid })
    expect(record.after).not.toBeNull()
    expect(record.unit).toBe('ingress/games/game')
    const logged = life.log.map((line) => JSON.parse(line) as Record<string, unknown>)
    const applied = logged.filter((line) => line.msg === 'applied' && line.change === record.change)
    expect(applied.map((line) => line.reconcile)).toEqual([record.reconcile])
  })

  it('leaves an open intent where the process died in a write, and a next one goes on', async () => {
    await using stage = await given()
    let opened = 0
    for (const killAfter of [14, 18, 22, 26]) {
      const life = stage.start({ killAfter })
      await stage.clock.runUntil(() => life.session.dead, { deadlineMs: 10 * MINUTE })
      const { problem, open } = verdict(life)
      expect(problem).toBeNull()
      opened += open.length
    }
    expect(opened).toBeGreaterThan(0)
    const life = stage.start()
    await served(stage)
    await life.stop()
    expect(verdict(life)).toMatchObject({ problem: null, open: [] })
  })

  it('holds no key, no certificate request and no token', async () => {
    await using stage = await given()
    const life = stage.start()
    await served(stage)
    await life.stop()
    const text = [...life.audit, ...life.log].join('\n')
    expect(text).not.toMatch(/BEGIN [A-Z ]*(PRIVATE KEY|CERTIFICATE)|hvs\.|X-Amz-Signature/)
  })

  it('is not begun by a Fairlead that only observes', async () => {
    await using stage = await given()
    const life = stage.start({ config: { policy: 'observe' } })
    await stage.clock.advance(2 * MINUTE)
    expect(life.audit).toEqual([])
  })
})

async function given(): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  givenIngress(stage.kubernetes)
  return stage
}

const served = (stage: SimulatedStage) =>
  stage.clock.runUntil(() => isServed(stage.kubernetes, 'games', 'game'), { deadlineMs: 10 * MINUTE })

function writesOf(life: Life): { readonly intents: readonly IntentLine[]; readonly outcomes: readonly OutcomeLine[] } {
  const lines = life.audit.map((text): AuditLine => auditLine.parse(JSON.parse(text)))
  return {
    intents: lines.filter((line) => line.kind === 'intent'),
    outcomes: lines.filter((line) => line.kind === 'outcome'),
  }
}

function verdict(life: Life) {
  const verifier = new AuditVerifier()
  for (const [index, text] of life.audit.entries()) verifier.add(text, { file: 'audit', line: index + 1 })
  return verifier.end()
}
