import type { FindingTable } from '../shared/finding-entry.ts'

/** Reasons of the Events that this controller's findings become, and what to do about each. */
export const DNS_EVENTS: FindingTable = {
  NoHostedZone: {
    severity: 'blocking',
    means: 'No hosted zone of the account ends the host. An internet-facing load balancer needs a public zone.',
    todo: 'Create the zone, or use another host.',
  },
  AmbiguousZone: {
    severity: 'blocking',
    means: 'Several zones have the same name.',
    todo: 'Name one with `fairlead.dev/zone`; the message lists their ids.',
  },
  UnknownZone: {
    severity: 'blocking',
    means: 'The zone that `fairlead.dev/zone` names does not exist or does not hold the host.',
    todo: 'Name a zone that holds the host.',
  },
  InvalidAnnotation: {
    severity: 'blocking',
    means: 'The value of `fairlead.dev/zone` is not the id of a hosted zone.',
    todo: 'Write the id, such as `Z0123456789ABCDEFGHIJ`.',
  },
  OwnershipNotWritable: {
    severity: 'blocking',
    means: 'The ownership record of the host would not be a valid DNS name, or somebody else has a record of that name.',
    todo: 'Use a shorter host, or another. Or remove the record that the message names.',
  },
  RecordOwnedByOther: {
    severity: 'blocking',
    means: 'Somebody else has a record there. It is left as it is.',
    todo: 'Remove the record, or let its TXT record name our owner, as the message says.',
  },
  HostClaimed: {
    severity: 'blocking',
    means: 'An older object has the host and keeps it. This object gets no record for it.',
    todo: 'Use another host, or give both the same `group.name`.',
  },
  Route53Refused: {
    severity: 'blocking',
    means: 'Route 53 refused the records. Its own words are in the message.',
    todo: 'Use a host that Route 53 accepts.',
  },
  RecordsLeftToOthers: {
    severity: 'info',
    means: 'The `controller` annotation of external-dns says that another controller makes the records.',
    todo: 'Nothing, if that is meant. Else remove the annotation.',
  },
  UnknownAnnotation: {
    severity: 'warning',
    means: 'An annotation with a prefix of external-dns that is not known. It has no effect.',
    todo: 'Correct the name; the message offers the nearest one.',
  },
  AnnotationNotYetSupported: {
    severity: 'warning',
    means: 'The annotation of external-dns is known, but has no effect yet.',
    todo: 'Remove it.',
  },
}
