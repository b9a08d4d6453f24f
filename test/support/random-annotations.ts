import { EXTERNAL_DNS_TABLE } from '../../controllers/dns/annotations.ts'
import { ALB_ANNOTATIONS } from '../../controllers/loadbalancers/annotations.ts'
import { FAIRLEAD_TABLE } from '../../controllers/loadbalancers/annotations-own.ts'
import { ALB, EXTERNAL_DNS_PREFIXES, FAIRLEAD } from '../../controllers/shared/annotations.ts'
import { NAMESPACE_TABLE } from '../../controllers/shared/namespace-annotations.ts'
import { LISTS, type Listed } from './annotation-lists.ts'
import { ALB_ORACLE, BACKEND_ORACLE, FAIRLEAD_ORACLE } from './annotation-oracle.ts'

export type Random = () => number

/** The same numbers for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!
const number = (random: Random, from: number, to: number): string => String(from + Math.floor(random() * (to - from + 1)))

export type Annotations = Readonly<Record<string, string>>
/** Annotations of an object, and which of them nobody could make sense of: each must be told. */
export type RandomObject = {
  readonly annotations: Annotations
  readonly wrong: readonly string[]
  readonly marks: readonly string[]
}

const attributes = (random: Random, table: Readonly<Record<string, Listed>>): string =>
  Object.entries(table)
    .filter(() => random() < 0.3)
    .map(([key, is]) => `${key}=${typeof is === 'string' ? pick(random, is.split('|')) : number(random, is[0], is[1])}`)
    .join(',')

type Make = (random: Random) => string
const one =
  (...values: readonly string[]): Make =>
  (random) =>
    pick(random, values)
const between =
  (from: number, to: number): Make =>
  (random) =>
    number(random, from, to)

/** Right values. Those that must fit each other are left to whoever asks for one object. */
const RIGHT: Readonly<Record<string, Make>> = {
  scheme: one('internal', 'internet-facing', ' internal '),
  'ip-address-type': one('ipv4'),
  'ssl-policy': one(...LISTS.policies),
  'load-balancer-name': (random) => `lb-${number(random, 1, 1e9)}`,
  'load-balancer-attributes': (random) => attributes(random, LISTS.loadBalancer) || 'routing.http2.enabled=true',
  'group.order': between(-1000, 1000),
  'listen-ports': one('[{"HTTP":80},{"HTTPS":443}]', '[{"HTTP":80}, {"HTTPS":8443}]', '[{"HTTPS":443}]'),
  'inbound-cidrs': one('10.0.0.0/8', '10.1.2.3/16,10.1.9.9/16', '2001:DB8::1/32, 192.168.1.1/32', '0.0.0.0/0', '::/0'),
  tags: one('team=games', 'a=b,c=d=e', 'Name=it is ours', 'übung=ß', 'empty='),
  'target-type': one('ip'),
  'backend-protocol': one('HTTP', 'HTTPS'),
  'backend-protocol-version': one('HTTP1', 'HTTP2'),
  'target-group-attributes': (random) => attributes(random, LISTS.targetGroup) || 'stickiness.enabled=true',
  'healthcheck-protocol': one('HTTP', 'HTTPS'),
  'healthcheck-port': one('traffic-port', '8080', '0080', '65535'),
  'healthcheck-path': one('/', '/healthz?full=1', `/${'x'.repeat(1023)}`, '/a\'b"c;d{{e}}'),
  'healthcheck-interval-seconds': between(130, 300),
  'healthcheck-timeout-seconds': between(2, 120),
  'healthy-threshold-count': between(2, 10),
  'unhealthy-threshold-count': between(2, 10),
  'success-codes': one('200', '200,301-308', '200-499', '200, 404'),
  certificate: one('vault', 'none'),
  'certificate-profile': one('default'),
  paused: one('false', 'False', ''),
}

/** Right, but for one thing. */
export const NEARLY: Readonly<Record<string, readonly string[]>> = {
  scheme: ['Internal', 'internet_facing', 'internet-facing,internal', 'internal\u0000'],
  'ip-address-type': ['IPv4', 'ipv4 dualstack', 'dualstak'],
  subnets: [',', ' , '],
  'security-groups': ['sg-', 'sg-12345', 'SG-0123456789abcdef0', 'sg-0123456789abcdef0;', 'sg-0123456789abcdefg'],
  'ssl-policy': [
    'ELBSecurityPolicy-2016-09',
    'elbsecuritypolicy-2016-08',
    'ELBSecurityPolicy-TLS13-1-2-2021-6',
    'ELBSecurityPolicy-',
  ],
  'ssl-redirect': ['0', '65536', '443.0', '4 43', '0x1bb', '１２３'],
  'load-balancer-name': ['a'.repeat(33), '-a', 'a-', 'a_b', 'internal-a', 'a b', 'a.b', 'lbé'],
  'load-balancer-attributes': [
    ...['idle_timeout.timeout_seconds=0', 'idle_timeout.timeout_seconds=4001', 'idle_timeout.timeout_seconds', 'x=y', '=1'],
    ...['routing.http2.enabled=True', 'routing.http2.enabled=', '__proto__=x', 'constructor=1', 'access_logs.s3.enabled=true'],
  ],
  'group.name': ['Group', 'a'.repeat(64), '-a', 'a_b', 'a/b', 'a b', ''],
  'group.order': ['1001', '-1001', '1.5', '1e2', '', '--1'],
  'listen-ports': [
    ...['[]', '[{}]', '{}', '[{"HTTP":0}]', '[{"HTTP":65536}]', '[{"HTTP":"80"}]', '[{"http":80}]', '[{"HTTP":80},{"HTTPS":80}]'],
    ...[
      '[{"HTTP":80}',
      "[{'HTTP':80}]",
      '[null]',
      '[80]',
      '[{"HTTP":80.5}]',
      '[{"TCP":80}]',
      'null',
      '[[{"HTTP":80}]]',
      '[{"HTTP":1e400}]',
    ],
  ],
  'certificate-arn': [
    'arn:aws:acm:us-east-1:11111111111:certificate/x',
    'arn:aws:iam::111111111111:server-certificate/x',
    'arn:',
    ',',
  ],
  'inbound-cidrs': [
    '10.0.0.0',
    '10.0.0.0/33',
    '256.0.0.0/8',
    '10.0.0/8',
    'fe80::1%eth0/64',
    '::/129',
    '10.0.0.0/8/8',
    '1.2.3.4/-1',
    ':::/0',
  ],
  tags: [
    'a',
    '=b',
    'aws:x=1',
    'AWS:x=1',
    'fairlead.dev/slot=x',
    'fairlead.dev/cluster=y',
    `${'k'.repeat(129)}=v`,
    `k=${'v'.repeat(257)}`,
    'a=💥',
    'a=<b>',
    'a b=c',
  ],
  'target-type': ['IP', 'instances', 'lambda', 'ip,instance'],
  'backend-protocol': ['http', 'TCP', 'HTTP2'],
  'backend-protocol-version': ['HTTP/2', 'grpc', 'HTTP3'],
  'target-group-attributes': [
    ...[
      'deregistration_delay.timeout_seconds=3601',
      'deregistration_delay.timeout_seconds=-1',
      'stickiness.type=source_ip',
      'stickiness.enabled=yes',
    ],
    ...['slow_start.duration_seconds=29', 'load_balancing.algorithm.type=random', '__proto__=1', 'stickiness.type=app_cookie'],
  ],
  'healthcheck-protocol': ['TCP', 'https', 'GRPC'],
  'healthcheck-port': ['0', '65536', 'http', '80.0', '-80', 'Traffic-Port'],
  'healthcheck-path': ['healthz', '', `/${'x'.repeat(1024)}`, '/a b', '/ü', '/a\nb', '/\u0000'],
  'healthcheck-interval-seconds': ['4', '301', '15s', '', '1e2'],
  'healthcheck-timeout-seconds': ['1', '121', '5s'],
  'healthy-threshold-count': ['1', '11', 'two'],
  'unhealthy-threshold-count': ['1', '11', '2.0'],
  'success-codes': ['200,', '500', '200-', '404-200', '2xx', '200;201', '1000', '-', '200--300'],
  certificate: [
    'Vault',
    'acm',
    'secret',
    'vault-kv',
    '',
    ' vault',
    'arn:aws:acm:eu-west-1:111111111111:certificate/x',
    'arn:aws:acm:us-east-1:222222222222:certificate/x',
  ],
  'certificate-profile': ['Default', 'constructor', '__proto__', 'default ', ''],
  zone: ['z123', 'Z', 'Z12-3', `Z${'1'.repeat(32)}`, '/hostedzone/Z123', 'Z123 '],
}

/** Anything at all, marked: the mark must be in no call. */
function noise(random: Random, mark: string): string {
  const shapes = [
    mark,
    `"${mark}"`,
    `'${mark}'; DROP TABLE rules;--`,
    `{{${mark}}}`,
    `$(${mark})`,
    `<b>${mark}</b>`,
    `\u0000${mark}\u001b[31m`,
  ]
  const more = [
    `${mark}\r\nX-Injected: ${mark}`,
    `{"${mark}":{"a":[]}}`,
    `[{"HTTP":"${mark}"}]`,
    `💥${mark}漢字`,
    `../../${mark}%00`,
    mark.repeat(2000),
  ]
  return pick(random, [...shapes, ...more, `${mark}={${mark}},${mark}\u202e=1`, `\ud800${mark}`, `=${mark}`, `,,${mark} `])
}

const BARE = [
  '',
  ' ',
  ',',
  'null',
  'undefined',
  'true',
  'NaN',
  '-1',
  '1e9',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '[]',
  '{}',
]

const oracleOf = (key: string): ((value: string) => boolean) | null => {
  if (key.startsWith(ALB)) {
    const is = ALB_ORACLE[key.slice(ALB.length)] ?? BACKEND_ORACLE[key.slice(ALB.length)]
    return is === undefined ? null : (value) => is(value.trim())
  }
  return FAIRLEAD_ORACLE[key.startsWith(FAIRLEAD) ? key.slice(FAIRLEAD.length) : key] ?? null
}

let marks = 0

/** A value for one annotation, and whether it is right: null if nobody need say. */
export function randomValue(
  random: Random,
  key: string,
): { readonly value: string; readonly right: boolean | null; readonly mark: string | null } {
  const name = key.slice(key.indexOf('/') + 1)
  const mark = `zq${(marks++).toString(36)}qz`
  const right = RIGHT[name]
  const nearly = NEARLY[name]
  const dice = random()
  const value =
    dice < 0.35 && right !== undefined
      ? right(random)
      : dice < 0.65 && nearly !== undefined
        ? pick(random, nearly)
        : dice < 0.75
          ? pick(random, BARE)
          : noise(random, mark)
  const is = oracleOf(key)
  return { value, right: is === null ? null : is(value), mark: value.includes(mark) ? mark : null }
}

const concrete = (name: string): string => name.replace('*', 'x')
const ALB_KEYS = ALB_ANNOTATIONS.map((name) => ALB + concrete(name))
const SUPPORTED = [...Object.keys(ALB_ORACLE), ...Object.keys(BACKEND_ORACLE)].map((name) => ALB + name)
const OWN_KEYS = Object.keys(FAIRLEAD_TABLE).map((name) => FAIRLEAD + concrete(name))
const DNS_KEYS = EXTERNAL_DNS_PREFIXES.flatMap((prefix) => Object.keys(EXTERNAL_DNS_TABLE).map((name) => prefix + concrete(name)))
const NAMESPACE_KEYS = Object.keys(NAMESPACE_TABLE).map((name) => FAIRLEAD + name)
export const BACKEND_KEYS = Object.keys(BACKEND_ORACLE).map((name) => ALB + name)

/** Some of the annotations that an object of the kind may have, each with a random value. */
export function randomObject(random: Random, kind: 'Ingress' | 'Service' | 'Namespace'): RandomObject {
  const keys =
    kind === 'Namespace'
      ? NAMESPACE_KEYS
      : kind === 'Service'
        ? BACKEND_KEYS
        : [...SUPPORTED, ...SUPPORTED, ...SUPPORTED, ...ALB_KEYS, ...OWN_KEYS, ...DNS_KEYS]
  const annotations: Record<string, string> = {}
  const [wrong, told] = [new Set<string>(), new Map<string, string>()]
  const count = 1 + Math.floor(random() * random() * 6)
  for (let index = 0; index < count; index++) {
    const key = pick(random, keys)
    const { value, right, mark } = randomValue(random, key)
    annotations[key] = value
    wrong.delete(key)
    told.delete(key)
    if (right === false) wrong.add(key)
    if (right === false && mark !== null) told.set(key, mark)
  }
  // It counts with a certificate from Vault, which is what an Ingress here has unless it says otherwise.
  if ((annotations[`${FAIRLEAD}certificate`] ?? 'vault') !== 'vault') wrong.delete(`${FAIRLEAD}certificate-profile`)
  return { annotations, wrong: [...wrong], marks: [...told.values()] }
}
