import { describe, expect, it } from 'vitest'
import type { Route53 } from '../../../controllers/aws/route53.ts'
import { ZoneWriter } from '../../../controllers/dns/apply.ts'
import type { HostGroup } from '../../../controllers/dns/batch.ts'
import { Gate, isStopped } from '../../../controllers/runtime/gate.ts'
import { type Change, change } from '../../../controllers/shared/change.ts'

const record = (name: string): Change =>
  change({
    controller: 'dns',
    action: 'create',
    type: 'AWS::Route53::RecordSet',
    target: `${name} A`,
    account: '1',
    region: '',
    object: { kind: 'Ingress', namespace: 'games', name },
    after: { HostedZoneId: 'Z1', Name: name, Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] },
    reason: '',
    calls: ['ChangeResourceRecordSets'],
  })

describe('writes of one zone, made by several units together (no clock)', () => {
  it('leave out who was paused while waiting, though the call is another’s', async () => {
    const gate = new Gate()
    const paused = new Set<string>()
    gate.pausedWhen(({ name }) => paused.has(name))
    const sent: string[][] = []
    const answers: (() => void)[] = []
    const route53 = {
      async changeResourceRecordSets(input: { ChangeBatch: { Changes: { ResourceRecordSet: { Name: string } }[] } }) {
        gate.assertOpen()
        sent.push(input.ChangeBatch.Changes.map((item) => item.ResourceRecordSet.Name))
        await new Promise<void>((resolve) => answers.push(resolve))
        return { ChangeInfo: {} }
      },
    } as unknown as Route53
    const writer = new ZoneWriter(route53, () => false)
    const write = (name: string) => {
      const item = record(name)
      const group: HostGroup = { zoneId: 'Z1', host: name, changes: [item] }
      const options = { signal: new AbortController().signal, priority: 'change' as const }
      return gate.making([item], () => writer.write([group], options, gate.checkLater()))
    }
    const first = write('a')
    const waiting = [write('b'), write('c')]
    paused.add('b')
    answers.shift()?.()
    await first
    const [b] = await waiting[0]!
    expect(isStopped((b as { error: unknown }).error)).toBe(true)
    while (answers.length === 0) await null
    answers.shift()?.()
    expect(await waiting[1]).toMatchObject([{ outcome: {} }])
    expect(sent).toEqual([['a'], ['c']])
  })
})
