import { describe, expect, it } from 'vitest'
import { ownTurn } from '../../../controllers/runtime/own-turn.ts'

describe('a turn of one’s own (real clock)', () => {
  it('is shared with nobody: timers and sockets get theirs between any two who asked at once', async () => {
    let turns = 0
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    setImmediate(count)
    const at = await Promise.all(Array.from({ length: 5 }, () => ownTurn().then(() => turns)))
    counting = false
    expect(new Set(at).size).toBe(5)
    expect(at).toEqual([...at].sort((a, b) => a - b))
  })
})
