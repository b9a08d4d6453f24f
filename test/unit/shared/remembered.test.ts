import { describe, expect, it } from 'vitest'
import { remembered } from '../../../controllers/shared/remembered.ts'

describe('what is remembered of texts (no clock)', () => {
  it('is made once, null and empty answers too', () => {
    const asked: string[] = []
    const length = remembered((text) => {
      asked.push(text)
      return text.length === 1 ? null : text.length
    })
    expect(['a', 'bb', '', 'a', 'bb', ''].map(length)).toEqual([null, 2, 0, null, 2, 0])
    expect(asked).toEqual(['a', 'bb', ''])
  })

  it('stays as long as it is asked for, and goes when many others were', () => {
    const asked: string[] = []
    const same = remembered((text) => {
      asked.push(text)
      return text
    }, 10)
    same('once')
    for (let index = 0; index < 100; index++) {
      same('often')
      same(`other ${index}`)
    }
    expect(asked.filter((text) => text === 'often')).toHaveLength(1)
    same('once')
    expect(asked.filter((text) => text === 'once')).toHaveLength(2)
  })
})
