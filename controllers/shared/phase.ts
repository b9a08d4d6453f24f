import type { Chain } from './chain.ts'

export const PHASES = ['Served', 'InProgress', 'Blocked', 'Paused', 'Removing'] as const
export type Phase = (typeof PHASES)[number]

/** Where an object stands, in one word. */
export function phaseOf({ leaving, ready, findings }: Chain): Phase {
  if (leaving) return 'Removing'
  if (ready) return 'Served'
  if (findings.some((item) => item.severity === 'blocking')) return 'Blocked'
  return findings.some((item) => item.code === 'Paused') ? 'Paused' : 'InProgress'
}
