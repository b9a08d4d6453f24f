import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { printConfig } from '../../../controllers/config/print.ts'
import { ConfigError, effectiveConfig, parseConfig } from '../../../controllers/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'fairlead-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(text: string, name = 'fairlead.yaml'): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function problems(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((line) => line.replaceAll(folder, ''))
    throw error
  }
  return []
}

const MANY = file('aws: { region: eu-west-1, share: 0.5 }\nlease: { name: from-the-file }\n', 'many.yaml')

describe('the configuration (no clock)', () => {
  it('is what a flag says, else a variable, else the file, else the default', () => {
    const environment = { FAIRLEAD_AWS_REGION: 'eu-west-2', FAIRLEAD_LEASE_NAME: 'from-a-variable' }
    const { value, origins } = effectiveConfig(MANY, { 'aws.region': 'eu-west-3' }, environment)
    expect([value.aws.region, value.lease.name, value.aws.share, value.workers]).toEqual(['eu-west-3', 'from-a-variable', 0.5, 8])
    const from = (...path: string[]) => origins.of(path).kind
    expect([from('aws', 'region'), from('lease', 'name'), from('aws', 'share'), from('workers')]).toEqual([
      'flag',
      'variable',
      'file',
      'default',
    ])
  })

  it('cannot be changed once it was read', () => {
    const { value } = effectiveConfig(MANY, {}, {})
    expect(() => Object.assign(value.aws, { region: 'eu-north-1' })).toThrow(TypeError)
  })

  it('names the line of an unknown key, and the nearest that there is', () => {
    const path = file('aws:\n  regoin: eu-west-1\nleese: { name: x }\n')
    expect(problems(() => effectiveConfig(path, {}, {}))).toEqual([
      '/fairlead.yaml:2: aws.regoin is not a setting; did you mean aws.region?',
      '/fairlead.yaml:3: leese is not a setting; did you mean lease?',
    ])
  })

  it('names an unknown variable; what the kubelet sets for a Service is none', () => {
    expect(problems(() => effectiveConfig(undefined, {}, { FAIRLEAD_AWS_REGOIN: 'eu-west-1' }))).toEqual([
      'FAIRLEAD_AWS_REGOIN is not a variable that Fairlead reads; did you mean FAIRLEAD_AWS_REGION?',
    ])
    const link = { FAIRLEAD_HTTP_SERVICE_HOST: '10.0.0.1', FAIRLEAD_HTTP_PORT: 'tcp://10.0.0.1:80' }
    expect(effectiveConfig(undefined, {}, link).value.http.port).toBe(8080)
  })

  it('says what was read and what would be right, all at once, wherever it stands', () => {
    const path = file('aws: { share: 2 }\npolicy: snyc\n')
    const told = problems(() => effectiveConfig(path, { workers: 'many' }, { FAIRLEAD_SWEEP_SECONDS: '-1' }))
    expect(told).toHaveLength(4)
    expect(told.join('\n')).toMatch(/\/fairlead\.yaml:1: aws\.share is 2; expected /)
    expect(told.join('\n')).toMatch(/\/fairlead\.yaml:2: policy is "snyc"; expected .*; did you mean sync\?/)
    expect(told.join('\n')).toMatch(/--workers is "many"; expected /)
    expect(told.join('\n')).toMatch(/FAIRLEAD_SWEEP_SECONDS is -1; expected /)
  })

  it('is refused where two values do not go together', () => {
    const lease = (values: object) => problems(() => parseConfig('', 'the test', { lease: values }))
    expect(lease({ renewSeconds: 20 })[0]).toMatch(/^lease\.renewSeconds is 20; expected less than lease\.durationSeconds \(10\)/)
    expect(lease({ retrySeconds: 7 })[0]).toMatch(/^lease\.retrySeconds is 7; expected less than lease\.renewSeconds \(7\)/)
    expect(lease({ durationSeconds: 3, renewSeconds: 2, retrySeconds: 0.5 })).toEqual([])
  })

  it('prints what it was read from: read again, it is the same', () => {
    const { value } = effectiveConfig(MANY, {}, {})
    const printed = file(printConfig(value, 'yaml', null))
    expect(effectiveConfig(printed, {}, {}).value).toEqual(value)
  })
})
