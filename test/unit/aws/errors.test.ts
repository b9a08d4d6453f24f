import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acmOperations } from '../../../controllers/aws/acm.ts'
import { AwsError } from '../../../controllers/aws/aws-error.ts'
import { ec2Operations } from '../../../controllers/aws/ec2.ts'
import { elbv2Operations } from '../../../controllers/aws/elbv2.ts'
import { errorKind, isKnownError } from '../../../controllers/aws/error-kinds.ts'
import { awsFailure, isAlreadyThere, isInUse, isNotFound, isThrottling } from '../../../controllers/aws/errors.ts'
import { route53Operations } from '../../../controllers/aws/route53.ts'
import { stsOperations } from '../../../controllers/aws/sts.ts'
import { taggingOperations } from '../../../controllers/aws/tagging.ts'

const tables = {
  'client-elastic-load-balancing-v2': elbv2Operations,
  'client-ec2': ec2Operations,
  'client-acm': acmOperations,
  'client-route-53': route53Operations,
  'client-sts': stsOperations,
  'client-resource-groups-tagging-api': taggingOperations,
}

/** The errors that the SDK documents for each operation of the port. */
function* documented() {
  const require = createRequire(import.meta.url)
  for (const [name, table] of Object.entries(tables)) {
    const types = join(dirname(require.resolve(`@aws-sdk/${name}/package.json`)), 'dist-types', 'commands')
    for (const { command } of Object.values(table)) {
      const text = readFileSync(join(types, `${command.name}.d.ts`), 'utf8')
      for (const [, error] of text.matchAll(/@throws \{@link (\w+)\}/g))
        if (!error!.endsWith('ServiceException')) yield { command: command.name, error: error! }
    }
  }
}

const named = (name: string, message = '', status?: number) =>
  Object.assign(new Error(message), { name, $metadata: status === undefined ? {} : { httpStatusCode: status } })

describe('AWS errors (no clock)', () => {
  it('knows every error that an operation of the port is documented to answer', () => {
    const all = [...documented()]
    expect(all.length).toBeGreaterThan(150)
    expect(all.filter(({ error }) => !isKnownError(error))).toEqual([])
  })

  it.each([
    ['PriorityInUseException', 'stale'],
    ['PriorityInUse', 'stale'],
    ['TooManyCertificatesException', 'quota'],
    ['LimitExceededException', 'quota'],
    ['AccessDenied', 'forbidden'],
    ['UnauthorizedOperation', 'forbidden'],
    ['ValidationError', 'refused'],
    ['InvalidParameterValue', 'refused'],
    ['ResourceInUseException', 'transient'],
    ['DependencyViolation', 'transient'],
    ['RequestLimitExceeded', 'transient'],
    ['PriorRequestNotComplete', 'transient'],
  ])('%s is %s', (name, kind) => {
    expect(errorKind(name, '', 400)).toBe(kind)
  })

  it('tells a batch that came too late from one that can never be', () => {
    const exists = "[Tried to create resource record set [name='a.example.com.', type='A'] but it already exists]"
    const gone = "[Tried to delete resource record set [name='a.example.com.', type='A'] but it was not found]"
    const differs =
      "[Tried to delete resource record set [name='a.example.com.', type='A'] but the values provided do not match the current values]"
    const never = '[RRSet with DNS name a.example.com. is not permitted in zone example.org.]'
    expect([exists, gone, differs, never].map((text) => errorKind('InvalidChangeBatch', text, 400))).toEqual([
      'stale',
      'stale',
      'stale',
      'refused',
    ])
  })

  it('judges an unknown error by its status, and one without answer as transient', () => {
    const kinds = [500, 503, 429, 403, 404, 409, 400].map((status) => errorKind('NewlyInvented', '', status))
    expect(kinds).toEqual(['transient', 'transient', 'transient', 'forbidden', 'stale', 'stale', 'refused'])
    expect(errorKind('Error', 'socket hang up', null)).toBe('transient')
  })

  it('finds what deletions and creations must tolerate', () => {
    for (const name of ['TargetGroupNotFoundException', 'ResourceNotFoundException', 'InvalidGroup.NotFound', 'NoSuchHostedZone'])
      expect(isNotFound(named(name))).toBe(true)
    for (const name of ['SSLPolicyNotFoundException', 'ValidationError']) expect(isNotFound(named(name))).toBe(false)
    for (const name of ['DuplicateTargetGroupNameException', 'InvalidPermission.Duplicate', 'PriorityInUseException'])
      expect(isAlreadyThere(named(name))).toBe(true)
    expect(isAlreadyThere(named('DuplicateTagKeysException'))).toBe(false)
    for (const name of ['ResourceInUseException', 'DependencyViolation']) expect(isInUse(named(name))).toBe(true)
    for (const name of ['Throttling', 'ThrottlingException', 'ThrottledException', 'RequestLimitExceeded'])
      expect(isThrottling(named(name))).toBe(true)
  })

  it('tells the executor what failed, how, and whether it may have happened', () => {
    const cause = named('ServiceUnavailable', 'try later', 503)
    const where = { account: 'home', region: 'eu-west-1' }
    const error = new AwsError({
      ...{
        service: 'elbv2',
        operation: 'CreateRule',
        where,
        code: 'ServiceUnavailable',
        kind: 'transient',
        message: 'try later',
      },
      ...{ status: 503, requestId: 'r-1', doubtful: true, attempts: 1, cause },
    })
    const failed = awsFailure(error, ['c1', 'c2'])
    expect(failed).toMatchObject({
      code: 'ServiceUnavailable',
      kind: 'transient',
      changes: ['c1', 'c2'],
      doubtful: true,
      cause: error,
    })
    expect(failed.message).toBe('elbv2 CreateRule in home eu-west-1: ServiceUnavailable: try later')
    expect(awsFailure(failed, ['other'])).toBe(failed)
    expect(awsFailure(named('TooManyRulesException'), ['c1'])).toMatchObject({
      code: 'TooManyRules',
      kind: 'quota',
      doubtful: false,
    })
  })
})
