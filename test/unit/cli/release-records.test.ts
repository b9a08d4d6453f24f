import { describe, expect, it } from 'vitest'
import { releaseRecords } from '../../../controllers/cli/release-plan.ts'
import { alias, observedWith, settings, txt } from '../dns/fixtures.ts'

const HOST = 'www.example.com'

describe('giving up records (no clock)', () => {
  it('takes our ownership away and leaves what others keep in the same TXT set', () => {
    const older = txt(HOST, 'A', { name: HOST })
    const shared = { ...older, values: [...older.values, '"v=spf1 -all"'] }
    const observed = observedWith({ ZPUBLIC: [alias(HOST, 'A'), txt(HOST, 'A'), shared], ZPRIVATE: [] })
    const told = releaseRecords(observed, settings).changes.map(({ action, target, before, after }) => ({
      what: `${action} ${target}`,
      before: before?.ResourceRecords,
      after: after?.ResourceRecords ?? null,
    }))
    const values = (of: readonly string[]) => of.map((Value) => ({ Value }))
    expect(told).toEqual([
      { what: `delete a-${HOST} TXT`, before: values(older.values), after: null },
      { what: `update ${HOST} TXT`, before: values(shared.values), after: values(['"v=spf1 -all"']) },
    ])
  })
})
