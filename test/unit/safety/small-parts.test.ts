import { describe, expect, it } from 'vitest'
import { type ConfigMap, controlOf } from '../../../controllers/shared/control.ts'
import { heartbeatIn, heartbeatText, isSecondOwner } from '../../../controllers/shared/heartbeat.ts'
import { misreadPause } from '../../../controllers/shared/pause.ts'

const freezeOf = (freeze: string) => controlOf({ data: { freeze } } as unknown as ConfigMap).freeze

describe('what the ConfigMap says (no clock)', () => {
  it('reads a freeze of the command, and one written by hand', () => {
    expect(freezeOf('{"reason":"why","by":"me","since":"2026"}')).toEqual({ reason: 'why', by: 'me', since: '2026' })
    expect(freezeOf('an outage')).toMatchObject({ reason: 'an outage' })
    expect(freezeOf('true')).toMatchObject({ reason: 'true' })
    // Broken is frozen: somebody meant to.
    expect(freezeOf('{"reason":')).toMatchObject({ reason: '{"reason":' })
    for (const open of ['', ' ', 'false']) expect(freezeOf(open)).toBeNull()
    expect(controlOf(null)).toEqual({ freeze: null, brake: null, acknowledged: null })
  })
})

describe('heartbeats (no clock)', () => {
  const now = Date.UTC(2026, 0, 1, 12)
  const periodMs = 60_000
  const beat = (cluster: string, leader: string, ago = 0) => ({ cluster, leader, at: now - ago })
  const self = { cluster: 'me', mine: null, now, periodMs }

  it('are read as they are written, whatever a host is named', () => {
    expect(heartbeatIn(heartbeatText(beat('me', 'host/1 ä_x')))).toEqual(beat('me', 'host-1--_x'))
    for (const text of [undefined, '', 'x', 'x/y/z']) expect(heartbeatIn(text)).toBeNull()
  })

  it('of another cluster count while they are fresh, our predecessor’s do not', () => {
    expect(isSecondOwner(beat('other', 'a'), self)).toBe(true)
    expect(isSecondOwner(beat('other', 'a', 3 * periodMs), self)).toBe(false)
    expect(isSecondOwner(beat('other', ''), self)).toBe(false)
    expect(isSecondOwner(beat('me', 'before'), self)).toBe(false)
    expect(isSecondOwner(null, self)).toBe(false)
  })

  it('that replaced ours are somebody else’s, with the same cluster too', () => {
    const leading = { ...self, mine: beat('me', 'this') }
    expect(isSecondOwner(beat('me', 'this'), leading)).toBe(false)
    expect(isSecondOwner(beat('me', 'copy'), leading)).toBe(true)
  })
})

describe('fairlead.dev/paused (no clock)', () => {
  const paused = (value: string) =>
    misreadPause({
      apiVersion: 'v1',
      kind: 'Ingress',
      metadata: {
        name: 'x',
        namespace: 'y',
        uid: '',
        resourceVersion: '',
        creationTimestamp: '',
        annotations: { 'fairlead.dev/paused': value },
      },
    })

  it('is told when it is neither true nor false', () => {
    for (const value of ['true', 'True ', 'false', '']) expect(paused(value)).toBeNull()
    expect(paused('treu')).toMatchObject({
      code: 'InvalidAnnotation',
      severity: 'warning',
      read: 'treu',
      expected: 'true or false',
    })
  })
})
