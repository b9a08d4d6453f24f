import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ExplainedIngress, type ExplainIngressOptions, explainIngress } from '../../controllers/cli/explain-ingress.ts'
import { CONFIG_MAPS, INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import { awsAccount, type StartedAws } from '../support/aws.ts'
import { REGION, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const READS = /^(Describe|Get|List|Assume)/

async function playing(): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api', 'old']) givenService(stage.kubernetes, 'games', name)
  return stage
}

async function explained(stage: SimulatedStage, name: string, options: Partial<ExplainIngressOptions> = {}): Promise<string> {
  const lines: string[] = []
  // Time passes between two commands, and the token buckets of AWS are full again.
  await stage.clock.advance(MINUTE)
  const kubernetes = stage.kubernetes.calls.length
  const calls = await aws.callsDuring(async () => {
    await stage.command((connected) =>
      explainIngress(connected, name, { output: 'text', ...options }, (text) => lines.push(text)),
    )
  })
  expect(calls.filter((call) => !READS.test(call.operation))).toEqual([])
  expect(stage.kubernetes.calls.slice(kubernetes).filter((call) => call.write)).toEqual([])
  return lines.join('\n')
}

const json = async (stage: SimulatedStage, request?: string): Promise<ExplainedIngress> =>
  JSON.parse(await explained(stage, 'games/game', { output: 'json', ...(request === undefined ? {} : { request }) }))

async function served(stage: SimulatedStage): Promise<void> {
  const life = stage.start()
  await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
  await life.stop()
}

const https = (given: ExplainedIngress) => given.loadBalancers[0]?.listeners.find((item) => item.port === 443)

describe('fairlead explain ingress (simulated clock)', () => {
  it('shows what is planned, and that nobody answers yet', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    const given = await json(stage)
    expect(given.loadBalancers).toMatchObject([{ arn: null, dnsName: null }])
    // The JSON is a contract: a field that goes, or means something else, takes another version.
    expect(given).toMatchObject({ version: 1, kind: 'ingress', request: null })
    expect(Object.keys(given)).toEqual(['version', 'kind', 'object', 'unit', 'stops', 'request', 'loadBalancers', 'findings'])
    expect(Object.keys(https(given)!).sort()).toEqual(['arn', 'owner', 'port', 'protocol', 'rules'])
    expect(Object.keys(https(given)!.rules[0]!).sort()).toEqual([
      'actions',
      'arn',
      'conditions',
      'next',
      'owner',
      'priority',
      'shadowedBy',
      'sources',
      'state',
    ])
    expect(https(given)?.rules.map((rule) => [rule.state, rule.sources[0]?.path])).toEqual([
      ['planned', '/api'],
      ['planned', '/'],
    ])
    const text = await explained(stage, 'games/game', { request: 'GET https://game.example.com/' })
    expect(text).toContain('Nobody answers: there is no load balancer yet.')
    expect(text).toContain('(not there yet)')
  })

  it('shows the rules in order with where they come from, those of others, and those never reached; and answers a request', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    await served(stage)
    const listener = https(await json(stage))!
    const clients = aws.clients()
    const elbv2 = clients.elbv2({ account: awsAccount, region: REGION })
    const options = { signal: AbortSignal.timeout(10_000) }
    // Somebody's rule before all, for robots; and one behind all, which nobody reaches.
    const rule = (Priority: number, Conditions: object[]) => ({ ListenerArn: listener.arn!, Priority, Conditions })
    const fixed = { Actions: [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '403' } }] }
    const agent = { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'User-Agent', Values: ['*bot*'] } }
    const path = { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/x'] } }
    const host = { Field: 'host-header', HostHeaderConfig: { Values: ['GAME.example.com'] } }
    const first = Math.min(...listener.rules.flatMap((item) => (item.priority === 'default' ? [] : [item.priority])))
    await elbv2.createRule({ ...rule(first - 1, [agent]), ...fixed }, options)
    await elbv2.createRule({ ...rule(49_000, [host, path]), ...fixed }, options)

    const rules = https(await json(stage))!.rules
    expect(rules.map(({ owner, state, sources, shadowedBy }) => [owner, state, sources[0]?.path, shadowedBy !== null])).toEqual([
      ['other', 'there', undefined, false],
      ['fairlead', 'there', '/api', false],
      ['fairlead', 'there', '/', false],
      ['other', 'there', undefined, true],
      ['fairlead', 'there', undefined, false],
    ])
    expect(rules.at(-1)?.priority).toBe('default')

    const answer = https(await json(stage, 'GET https://Game.Example.com/api/v1?x=y'))!.answer!
    expect(answer.rule?.sources).toMatchObject([
      { object: { namespace: 'games', name: 'game' }, field: 'spec.rules[0].http.paths[1]', path: '/api', service: 'api:80' },
    ])
    expect(Object.keys(answer).sort()).toEqual(['action', 'groups', 'notes', 'rule', 'unless'])
    expect(answer.groups[0]?.targets?.map((target) => target.State)).toEqual(['healthy', 'healthy'])
    const bot = await explained(stage, 'games/game', {
      request: 'GET https://game.example.com/api',
      header: ['user-agent: Some-Bot/1'],
    })
    expect(bot).toMatch(/rule +\d+ {2}header User-Agent \*bot\*\n +action +answer 403/)
    const nobody = await explained(stage, 'games/game', { request: 'https://other.example.com/' })
    expect(nobody).toMatch(/rule +default {2}everything else\n +action +answer 404/)
    expect(await explained(stage, 'games/game', { request: 'http://game.example.com/' })).toMatch(/action +redirect 301 to HTTPS/)
    expect(await explained(stage, 'games/game', { request: 'https://game.example.com:8443/' })).toMatch(
      /does not listen on port 8443, but on 80, 443/,
    )
  })

  it('shows what rules will be, and calls none shadowed by what moves away', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { paths: { '/': 'game' } })
    await served(stage)
    givenIngress(stage.kubernetes, { paths: { '/': 'game', '/api': 'api', '/old': 'old' } })
    const rules = https(await json(stage))!.rules
    expect(rules.map((rule) => rule.shadowedBy)).toEqual(rules.map(() => null))
    expect(rules.filter((rule) => rule.state === 'planned')).toHaveLength(2)
    givenIngress(stage.kubernetes, { paths: { '/': 'old' } })
    const changing = https(await json(stage))!.rules.find((rule) => rule.state === 'changing')
    expect(changing?.next?.actions).not.toEqual(changing?.actions)
    expect(await explained(stage, 'games/game')).toMatch(/\(about to change\)\n.*\n +will be \d+ /)
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    const leaving = https(await json(stage))!.rules
    expect(new Set(leaving.map((rule) => rule.state))).toEqual(new Set(['leaving']))
  })

  it('tells what is about to change, and what stops it', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    await served(stage)
    givenIngress(stage.kubernetes, { paths: { '/': 'game', '/old': 'old' } })
    stage.kubernetes.apply(CONFIG_MAPS, {
      metadata: { namespace: 'fairlead-system', name: 'fairlead-safety' },
      data: { freeze: 'the region moves' },
    })
    const given = await json(stage, 'GET https://game.example.com/old')
    expect(given.stops).toMatchObject([{ kind: 'freeze', message: expect.stringContaining('the region moves') }])
    expect(new Set(https(given)?.rules.map((rule) => rule.state))).toEqual(new Set(['planned', 'leaving', 'there']))
    expect(https(given)?.answer?.rule?.sources[0]?.path).toBe('/')
    expect(https(given)?.answer?.notes.join()).toContain('Once the plan is made')
    const api = await explained(stage, 'games/game', { request: 'https://game.example.com/api' })
    expect(api).toContain('Ingress games/game, which does not ask for it any more')
    expect(api).toMatch(/Once the plan is made, rule \d+, which is there, takes it\./)
  })

  it('says what was wrong with the question', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    givenIngress(stage.kubernetes, { name: 'foreign', host: 'f.example.com', ingressClassName: 'nginx' })
    await expect(explained(stage, 'games/gaem')).rejects.toThrow('there is no Ingress games/gaem; did you mean games/game?')
    await expect(explained(stage, 'games/foreign')).rejects.toThrow('is of class nginx, which Fairlead does not serve')
    await expect(explained(stage, 'a/b/c')).rejects.toThrow('is not NAMESPACE/NAME')
    const asking = (options: Partial<ExplainIngressOptions>) => explained(stage, 'games/game', options)
    await expect(asking({ request: 'game.example.com' })).rejects.toThrow("such as 'GET https://shop.example.com/cart?id=1'")
    await expect(asking({ request: 'https://a.example.com', header: ['nothing'] })).rejects.toThrow("expected 'Name: value'")
    await expect(asking({ request: 'https://a.example.com', sourceIp: '1.2.3' })).rejects.toThrow('expected one address')
  })
})
