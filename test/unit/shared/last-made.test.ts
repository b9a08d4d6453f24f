import { describe, expect, it } from 'vitest'
import { lastMade } from '../../../controllers/shared/last-made.ts'

describe('what was made last of some values (no clock)', () => {
  it('is made again only when one of them is another', () => {
    let made = 0
    const pair = lastMade((left: object, right: object) => ({ left, right, made: ++made }))
    const [a, b, c] = [{}, {}, {}]
    const first = pair(a, b)
    expect(pair(a, b)).toBe(first)
    expect(pair(c, b)).toEqual({ left: c, right: b, made: 2 })
    expect(pair(a, c)).toEqual({ left: a, right: c, made: 3 })
    // Of the last value only the last answer is kept.
    expect(pair(a, b)).toEqual({ left: a, right: b, made: 4 })
  })
})
