import { describe, expect, it } from 'vitest'
import { actionFrom, ruleFrom, targetGroupFrom } from '../../../controllers/loadbalancers/from-elbv2.ts'

const group = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/a/1'

describe('what Elastic Load Balancing answers, in normal form (no clock)', () => {
  it('reads both forms of a forward to one group alike', () => {
    const forward = { Type: 'forward', TargetGroups: [{ TargetGroupArn: group, Weight: 1 }] }
    expect(actionFrom({ Type: 'forward', TargetGroupArn: group })).toEqual(forward)
    const config = { TargetGroups: [{ TargetGroupArn: group, Weight: 7 }], TargetGroupStickinessConfig: { Enabled: false } }
    expect(actionFrom({ Type: 'forward', TargetGroupArn: group, ForwardConfig: config })).toEqual(forward)
  })

  it('shows what we do not make as other, so that it is seen as drift', () => {
    const sticky = {
      TargetGroups: [{ TargetGroupArn: group }],
      TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 9 },
    }
    expect(actionFrom({ Type: 'forward', ForwardConfig: sticky }).Type).toBe('other')
    expect(actionFrom({ Type: 'authenticate-oidc', Order: 1 }).Type).toBe('other')
    const elsewhere = { Protocol: 'HTTPS', Port: '443', Host: 'other.example.com', StatusCode: 'HTTP_301' } as const
    expect(actionFrom({ Type: 'redirect', RedirectConfig: elsewhere }).Type).toBe('other')
  })

  it('leaves out what AWS fills in of a redirect', () => {
    const answered = {
      Protocol: 'HTTPS',
      Port: '443',
      Host: '#{host}',
      Path: '/#{path}',
      Query: '#{query}',
      StatusCode: 'HTTP_301',
    } as const
    expect(actionFrom({ Type: 'redirect', RedirectConfig: answered })).toEqual({
      Type: 'redirect',
      RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' },
    })
  })

  it('reads the conditions we make by value and the others as text', () => {
    const rule = ruleFrom(
      {
        RuleArn: 'r',
        Priority: '12',
        Conditions: [
          { Field: 'path-pattern', Values: ['/b', '/a'], PathPatternConfig: { Values: ['/b', '/a'] } },
          { Field: 'host-header', HostHeaderConfig: { Values: ['x.example.com'] } },
          { Field: 'host-header', HostHeaderConfig: { RegexValues: ['^x'] } },
          { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
        ],
      },
      'listener',
      5,
    )
    expect(rule).toMatchObject({ Priority: 12, Hosts: ['x.example.com'], Paths: ['/a', '/b'], seenAt: 5 })
    expect(rule.Other).toMatch(/RegexValues.*source-ip/)
    expect(ruleFrom({ Conditions: [{ Field: 'host-header', Values: ['h.example.com'] }] }, 'l', 0).Other).toBe('')
  })

  it('reads the one text of a matcher', () => {
    expect(targetGroupFrom({ Matcher: { GrpcCode: '0-5' } }).HealthCheck.Matcher).toBe('0-5')
    expect(targetGroupFrom({ Matcher: { HttpCode: '200,302' } }).HealthCheck.Matcher).toBe('200,302')
  })
})
