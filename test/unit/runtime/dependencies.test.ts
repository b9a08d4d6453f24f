import { describe, expect, it } from 'vitest'
import { Dependencies } from '../../../controllers/runtime/dependencies.ts'

function watched() {
  let now = 0
  const told: string[] = []
  const dependencies = new Dependencies({ monotonic: () => now })
  dependencies.onChange = (outages) => told.push(outages.map(({ dependency, code }) => `${dependency} (${code})`).join(', '))
  const aws = (errorCode: string | null, status: number | null = 200) =>
    dependencies.aws({ service: 'acm', account: '1', status, errorCode, ms: 0 })
  return {
    dependencies,
    told,
    aws,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
  }
}

describe('what is down (simulated clock)', () => {
  it('is what answers none of three calls in ten seconds, told once, and once that it is over', () => {
    const { aws, told, pass } = watched()
    aws('ServiceUnavailable', 503)
    aws('ServiceUnavailable', 503)
    pass(9)
    aws('TimeoutError', null)
    expect(told).toEqual([])
    pass(1)
    aws('ThrottlingException', 400)
    aws('ThrottlingException', 400)
    expect(told).toEqual(['AWS acm in 1 (ThrottlingException)'])
    aws(null)
    expect(told).toEqual(['AWS acm in 1 (ThrottlingException)', ''])
  })

  it('is what denies twice in a row, for ten seconds', () => {
    const { aws, told, pass } = watched()
    aws('AccessDeniedException', 400)
    aws(null)
    aws('AccessDeniedException', 400)
    aws('AccessDeniedException', 400)
    expect(told).toEqual([])
    pass(10)
    aws('ExpiredTokenException', 400)
    expect(told).toEqual(['AWS acm in 1 (ExpiredTokenException)'])
  })

  it('is not what denies one thing, and does another, however often', () => {
    const { aws, told, pass, dependencies } = watched()
    for (let round = 0; round < 10; round++) {
      // What a Vault client does that is denied a role: it logs in again, to know whether it is the token.
      for (const operation of ['sign', 'login', 'sign', 'read', 'login'] as const) {
        const denied = operation !== 'login'
        dependencies.vault({
          vault: 'default',
          operation,
          status: denied ? 403 : 200,
          errorCode: denied ? 'forbidden' : null,
        })
      }
      aws('AccessDeniedException', 400)
      aws('AccessDeniedException', 400)
      aws(null)
      pass(60)
    }
    expect(told).toEqual([])
  })

  it('is a Vault into which nobody may log in', () => {
    const { told, pass, dependencies } = watched()
    const login = () => dependencies.vault({ vault: 'default', operation: 'login', status: 403, errorCode: 'login-refused' })
    login()
    pass(10)
    login()
    expect(told).toEqual(['Vault default (login-refused)'])
  })

  it('is not what refuses what is wrong, or says that something is not there', () => {
    const { aws, told, pass, dependencies } = watched()
    for (let call = 0; call < 10; call++) {
      aws('ValidationException', 400)
      aws('ResourceNotFoundException', 404)
      dependencies.vault({ vault: 'default', operation: 'sign', status: 400, errorCode: 'role-refused' })
      dependencies.vault({ vault: 'default', operation: 'sign', status: null, errorCode: 'aborted' })
      dependencies.kubernetes({ verb: 'get', status: 404 })
      dependencies.kubernetes({ verb: 'watch', status: 0 })
      pass(5)
    }
    expect(told).toEqual([])
    expect(dependencies.known).toEqual(['AWS acm in 1', 'Vault default', 'the Kubernetes API server'])
  })

  it('may be several', () => {
    const { aws, told, pass, dependencies } = watched()
    for (let call = 0; call < 5; call++) {
      aws('InternalFailure', 500)
      dependencies.vault({ vault: 'default', operation: 'sign', status: 503, errorCode: 'sealed' })
      pass(5)
    }
    expect(told.at(-1)).toBe('AWS acm in 1 (InternalFailure), Vault default (sealed)')
  })
})
