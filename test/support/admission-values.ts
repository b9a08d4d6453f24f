import { ALB, FAIRLEAD } from '../../controllers/shared/annotations.ts'

/** Values of annotations that can be judged by their text alone. `pattern` is a regular expression that RE2 and JavaScript read alike. */
export const INGRESS_VALUES: readonly {
  readonly key: string
  readonly pattern: string
  /** Blanks around it do not count. */
  readonly trim: boolean
  readonly expected: string
}[] = [
  {
    key: `${FAIRLEAD}certificate`,
    pattern: '^(vault|none|arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+)$',
    trim: false,
    expected: 'vault, the ARN of an ACM certificate, or none',
  },
  {
    key: `${FAIRLEAD}zone`,
    pattern: '^Z[0-9A-Z]{1,31}$',
    trim: false,
    expected: 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ',
  },
  { key: `${ALB}scheme`, pattern: '^(internal|internet-facing)$', trim: true, expected: 'one of internal, internet-facing' },
  { key: `${ALB}ip-address-type`, pattern: '^(ipv4|dualstack)$', trim: true, expected: 'one of ipv4, dualstack' },
  {
    key: `${ALB}group.name`,
    pattern: '^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$',
    trim: false,
    expected: 'at most 63 lower-case letters, digits, - and .',
  },
  {
    key: `${ALB}group.order`,
    pattern: '^(-?0*[0-9]{1,3}|-?0*1000)$',
    trim: true,
    expected: 'a whole number from -1000 to 1000',
  },
]
