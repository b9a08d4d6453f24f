import type { FindingTable } from './finding-entry.ts'

/** Reasons of Events that come of stopping writes. All but `Paused` are told on Fairlead's own Namespace, once for the installation. */
export const SAFETY_EVENTS: FindingTable = {
  Paused: {
    severity: 'info',
    means: 'The Ingress or its Namespace has the annotation `fairlead.dev/paused: "true"`: nothing is written for it.',
    todo: 'Remove the annotation for writes to go on.',
  },
  Frozen: {
    severity: 'warning',
    means: 'All writes are frozen. The reason is in the message.',
    todo: '`fairlead unfreeze` lifts it.',
  },
  RemovalsStopped: {
    severity: 'blocking',
    means: 'More objects disappeared than can be believed, and nobody saw them being deleted. Nothing of theirs is removed.',
    todo: 'Find out why (permissions, class, API server). If they are to go: `fairlead brake acknowledge NAME`.',
  },
  CannotWatch: {
    severity: 'blocking',
    means: 'Fairlead may not list or watch a kind of object that it needs. What it knew stays as it is.',
    todo: 'Give the permission back; `deploy/kustomize/base/rbac.yaml` has them all.',
  },
  SecondOwner: {
    severity: 'blocking',
    means: 'Another live cluster has the same cluster id or TXT owner. Nothing is written.',
    todo: 'Set `clusterId` or `dns.txtOwner` to a value of its own in one of the two, or stop one: two and a half `safety.heartbeatSeconds` later the other goes on.',
  },
  ServiceDown: {
    severity: 'blocking',
    means:
      'A service that Fairlead needs (an AWS service, Vault, the API server) has answered none of its calls for ten seconds, or refuses all of them. What needs it waits.',
    todo: 'Look at the service, at the network to it, and, for codes such as AccessDenied or ExpiredToken, at the credentials. Nothing else is to be done: everything goes on when it answers.',
  },
}
