import { CHAIN_ORDER } from '../shared/chain.ts'
import type { Ingress } from '../shared/objects.ts'
import { PHASES } from '../shared/phase.ts'
import type { Told } from '../shared/told.ts'
import type { Known } from './status.ts'

const STATES = ['done', 'pending', 'waiting', 'blocked'] as const
const SEVERITIES = ['blocking', 'warning', 'info'] as const

/** Where an object stands by what the leader wrote on it: no times, and no more than the first thing outstanding. */
export function annotated(
  ingress: Ingress,
  { told, ready, held }: { readonly told: Told | null; readonly ready: boolean; readonly held: readonly string[] },
): Known {
  const { generation = 0, deletionTimestamp } = ingress.metadata
  const leaving = deletionTimestamp !== undefined || told?.phase === 'Removing'
  const nothing = { plannedAt: null, errors: [], unread: [], held: [...held] }
  if (told === null) {
    return {
      ...nothing,
      phase: 'Unseen',
      ready: false,
      leaving,
      stale: false,
      source: 'none',
      chain: [],
      findings: [],
      troubles: [],
    }
  }
  const stale = told.generation !== generation
  const states = CHAIN_ORDER.flatMap((controller) => {
    const state = STATES.find((one) => one === told.steps[controller])
    return state === undefined ? [] : [{ controller, state }]
  })
  const open = states.find(({ state }) => state !== 'done')
  return {
    ...nothing,
    // Anybody who may change the object may have written it: what is no word of ours is none.
    phase: PHASES.find((one) => one === told.phase) ?? 'Unseen',
    ready: ready && !stale && !leaving,
    leaving,
    stale,
    source: 'annotation',
    chain: states.map(({ controller, state }) => ({
      controller,
      state,
      detail: controller === open?.controller ? (told.detail ?? '') : '',
      waits:
        controller === open?.controller
          ? (told.waitingFor ?? []).map((kind) => ({ kind, of: null, since: null, until: null }))
          : [],
    })),
    findings: (told.findings ?? []).flatMap(({ code, severity, message }) => {
      const known = SEVERITIES.find((one) => one === severity)
      return known === undefined ? [] : [{ code, severity: known, message, field: null, read: null, expected: null }]
    }),
    troubles: [...(told.troubles ?? [])],
  }
}
