import { describe, expect, it } from 'vitest'
import { awsAccounts, OWN } from '../../../controllers/aws/accounts.ts'
import { parseConfig } from '../../../controllers/config.ts'

const HOME = '111111111111'
const PROD = '222222222222'
const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`

const config = parseConfig('', 'the test', {
  aws: {
    region: 'us-east-1',
    roles: { dns: role(HOME, 'fairlead-dns') },
    externalId: 'fairlead-7',
    endpoint: 'http://127.0.0.1:1',
    endpoints: { acm: 'http://127.0.0.1:2' },
  },
  accounts: {
    prod: { id: PROD, roleArn: role(PROD, 'fairlead'), externalId: 'prod-1', regions: ['eu-west-1'] },
    plain: { id: '333333333333', roleArn: role('333333333333', 'fairlead'), regions: ['us-east-1'], endpoints: {} },
  },
})

describe('the accounts that AWS is called in (no clock)', () => {
  it('are the home account and the named ones, by their ids, with their roles and external ids', () => {
    const accounts = awsAccounts(config, HOME)
    expect(Object.keys(accounts).sort()).toEqual([HOME, PROD, '333333333333', OWN].sort())
    expect(accounts[HOME]).toMatchObject({ roles: { dns: role(HOME, 'fairlead-dns') }, externalId: 'fairlead-7' })
    expect(accounts[PROD]).toMatchObject({ roleArn: role(PROD, 'fairlead'), externalId: 'prod-1', partition: 'aws' })
  })

  it('have an account of our own credentials, in which no role is assumed', () => {
    const own = awsAccounts(config, HOME)[OWN]
    expect(own).toMatchObject({ partition: 'aws' })
    expect(own).not.toHaveProperty('roleArn')
    expect(own).not.toHaveProperty('roles')
  })

  it('have the endpoints of the home account, unless they name their own or none', () => {
    const accounts = awsAccounts(config, HOME)
    const home = { all: 'http://127.0.0.1:1', acm: 'http://127.0.0.1:2' }
    expect(accounts[HOME]?.endpoints).toEqual(home)
    expect(accounts[PROD]?.endpoints).toEqual(home)
    expect(accounts['333333333333']?.endpoints).toEqual({})
  })
})
