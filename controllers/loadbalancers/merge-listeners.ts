import type { Member } from './member.ts'
import type { ListenPort } from './settings.ts'
import type { ListenerWish, Redirect } from './wish.ts'

/** The listeners of members that agree on what their ports speak. */
export function mergeListeners(members: readonly Member[], redirect: Redirect, sslPolicy: string): readonly ListenerWish[] {
  const listeners = new Map<number, ListenerWish>()
  for (const member of members)
    for (const port of member.ports)
      listeners.set(port.port, joined(listeners.get(port.port), member, port, redirectOf(member, redirect), sslPolicy))
  return [...listeners.values()].sort((a, b) => a.port - b.port)
}

function joined(
  held: ListenerWish | undefined,
  member: Member,
  port: ListenPort,
  redirect: Redirect,
  sslPolicy: string,
): ListenerWish {
  const cidrs = member.shared.inboundCidrs
  return {
    ...port,
    object: held?.object ?? member.object,
    redirectTo: port.protocol === 'HTTP' ? (held?.redirectTo ?? (redirect === 'unread' ? null : redirect)) : null,
    sslPolicy,
    cidrs: [...new Set([...(held?.cidrs ?? []), ...(cidrs ?? [])])].sort(),
    open: held?.open === true || cidrs === undefined,
  }
}

/** Where a member's HTTP goes: the group's `ssl-redirect` if the member listens there with HTTPS, else its own default. */
export function redirectOf(member: Member, redirect: Redirect): Redirect {
  if (redirect === 'unread')
    return member.redirectTo ?? (member.ports.some((item) => item.protocol === 'HTTPS') ? 'unread' : null)
  const listens = redirect !== null && member.ports.some((item) => item.protocol === 'HTTPS' && item.port === redirect)
  return listens ? redirect : member.redirectTo
}
