import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { AwsError } from '../../../controllers/aws/aws-error.ts'
import { ChangeFailed } from '../../../controllers/shared/failure.ts'
import { scrubForeign } from '../../../controllers/shared/scrub.ts'
import { VaultError } from '../../../controllers/vault/vault-error.ts'
import { Canaries } from '../../support/canaries.ts'

/** As in a key or an AWS session token; some hold more letters, some fewer. */
const SECRETS = Array.from({ length: 20 }, () => randomBytes(96).toString('base64'))
const where = { account: '111111111111', region: 'eu-west-1' }
const aws = { service: 'acm', operation: 'ImportCertificate', where, kind: 'refused', status: 400 } as const

const canaries = new Canaries()
for (const [index, secret] of SECRETS.entries()) canaries.plant(String(index), secret)
const leaksOf = (text: string) => canaries.search('text', text)

describe('what others say (no clock)', () => {
  it.each([
    ['as it is', (text: string) => text],
    ['in a URL', encodeURIComponent],
    ['in JSON', (text: string) => JSON.stringify({ text }).replaceAll('/', '\\/')],
    ['in part', (text: string) => text.slice(30, 94)],
    ['for URLs', (text: string) => Buffer.from(text, 'base64').toString('base64url')],
    ['in base64 again', (text: string) => Buffer.from(text).toString('base64')],
  ])('holds no secret %s', (_way, encoded) => {
    const said = SECRETS.map((secret) => `the value '${encoded(secret)}' is wrong`).join('\n')
    expect(leaksOf(said).length).toBeGreaterThan(0)
    expect(leaksOf(scrubForeign(said))).toEqual([])
  })

  it.each([
    'arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener-rule/app/My-Load-Balancer-For-GAMES/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee',
    'arn:aws:acm:eu-west-1:111111111111:certificate/12345678-1234-1234-1234-123456789012',
    'Path /Customers/OrdersAndInvoices/version2/list/everything/there/is cannot be matched',
    'k8s-games-0a1b2c3d4e-internal-1234567890.eu-west-1.elb.amazonaws.com is 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'not authorized. Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm-abcD3fGh1jKlMn0pQrStUvWxYz',
    'User: arn:aws:sts::111111111111:assumed-role/FairleadControllerRole/fairlead-loadbalancers is not authorized to perform: route53:ListHostedZones',
  ])('keeps %s', (text) => {
    expect(scrubForeign(text)).toBe(text)
  })

  it('is in no error, however it is printed', () => {
    const [secret = ''] = SECRETS
    const said = `Value '${secret}' at 'privateKey' failed to satisfy constraint`
    const answer = { body: said, headers: { 'x-amz-security-token': secret } }
    const sdk = Object.assign(new Error(said), { Message: said, Error: { Message: said }, $metadata: { httpStatusCode: 400 } })
    Object.defineProperty(sdk, '$response', { value: answer, enumerable: false })
    expect(leaksOf(inspect(sdk, { showHidden: true })).length).toBeGreaterThan(0)
    const error = new AwsError({
      ...aws,
      code: 'Validation',
      message: said,
      requestId: 'r',
      doubtful: false,
      attempts: 1,
      cause: sdk,
    })
    const errors = [
      error,
      new VaultError({ vault: 'default', path: 'pki/sign/web', code: 'role-refused', status: 400, vaultMessage: said }),
      new ChangeFailed({ code: 'Validation', kind: 'refused', message: said, changes: [], cause: error }),
    ]
    for (const each of errors) {
      expect(leaksOf(inspect(each, { showHidden: true, depth: 20 }))).toEqual([])
      expect(each.message).toContain('[redacted]')
    }
    expect(error.awsMessage).toContain("at 'privateKey' failed")
  })
})
