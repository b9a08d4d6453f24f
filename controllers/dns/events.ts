/** Reasons of the Events that this controller's findings become, and what to do about each. */
export const DNS_EVENTS: Readonly<Record<string, string>> = {
  NoHostedZone: 'No hosted zone of the account ends the host; create one, or use another host.',
  AmbiguousZone: 'Several zones have the same name; pin the host to one with fairlead.dev/zone.',
  UnknownZone: 'The zone that fairlead.dev/zone names does not exist or does not hold the host.',
  OwnershipNotWritable: 'The ownership record of the host would not be a valid DNS name; use a shorter host.',
  RecordOwnedByOther: 'Somebody else has a record there; remove it, or let its TXT record name our owner.',
  HostClaimed: 'An older object has the host; it keeps it.',
  Route53Refused: 'Route 53 refused the records; its own words are in the message.',
  RecordsLeftToOthers: 'The controller annotation of external-dns says that another controller makes the records.',
  AnnotationNotYetSupported: 'The annotation of external-dns is known, but has no effect yet.',
}
