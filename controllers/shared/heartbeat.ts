import { TAG_OWNER, TAG_TXT_OWNER } from './names.ts'

/** Who lives under an identity, and when that was last said. */
export type Heartbeat = {
  /** UID of kube-system: of the cluster. */
  readonly cluster: string
  /** The process that leads; empty if it ended in good order. */
  readonly leader: string
  readonly at: number
}

/** A tag key has 128 characters at most: https://docs.aws.amazon.com/Route53/latest/APIReference/API_Tag.html */
export function heartbeatKeys(clusterId: string, txtOwner: string): readonly string[] {
  return [`${TAG_OWNER}/${clusterId}`, `${TAG_TXT_OWNER}/${txtOwner}`].map((key) => key.slice(0, 128))
}

export function heartbeatText({ cluster, leader, at }: Heartbeat): string {
  return `${cluster}/${leader.replace(/[^A-Za-z0-9_.:=+@-]/g, '-').slice(0, 120)}/${new Date(at).toISOString()}`
}

export function heartbeatIn(text: string | undefined): Heartbeat | null {
  const [cluster = '', leader = '', time = ''] = (text ?? '').split('/')
  const at = Date.parse(time)
  return cluster === '' || Number.isNaN(at) ? null : { cluster, leader, at }
}

/** A heartbeat is believed for so many periods: one may be late, and clocks differ. */
const PERIODS = 2.5

/**
 * Whether what was found says that somebody else lives. `mine`: what we wrote last in this term; then whoever wrote over it lives,
 * even with our own UID (a copy of the cluster). Before we wrote, a heartbeat of our own cluster is our predecessor's.
 */
export function isSecondOwner(
  found: Heartbeat | null,
  self: { readonly cluster: string; readonly mine: Heartbeat | null; readonly now: number; readonly periodMs: number },
): boolean {
  if (found === null || found.leader === '') return false
  if (self.mine !== null && found.leader === self.mine.leader) return false
  if (self.mine === null && found.cluster === self.cluster) return false
  return self.now - found.at < PERIODS * self.periodMs
}
