import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CONTROLLER_METRICS } from '../../../controllers/metrics.ts'
import { FAIRLEAD_METRICS, type MetricSpecs, RUNTIME_METRICS } from '../../../controllers/runtime/telemetry-metrics.ts'
import { problemsOf } from '../../support/promql-names.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const METRICS: MetricSpecs = { ...RUNTIME_METRICS, ...FAIRLEAD_METRICS, ...CONTROLLER_METRICS }

type Alert = {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
const folder = 'deploy/kustomize/components/monitoring'
const rule = parse(read(`${folder}/prometheus-rule.yaml`)) as {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
}
const alerts = rule.spec.groups.flatMap((group) => group.rules)
const headings = [...read('docs/guides/operating.md').matchAll(/^### (\w+)$/gm)].map((match) => match[1]!)

describe('the alerts (no clock)', () => {
  it.each(alerts)('$alert asks for metrics and labels that there are', ({ expr, annotations }) => {
    expect(problemsOf(expr, METRICS)).toEqual([])
    for (const [query] of Object.values(annotations).flatMap((text) => [...text.matchAll(/(?<=query ")[^"]+/g)]))
      expect(problemsOf(query, METRICS)).toEqual([])
  })

  it.each(alerts)(
    '$alert says how bad it is, and in labels that its expression keeps',
    ({ expr, labels, annotations, ...rest }) => {
      expect(['critical', 'warning', 'info']).toContain(labels.severity)
      expect(rest.for).toMatch(/^\d+[mh]$/)
      const used = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1]!))
      const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => match[1]!.split(/, */))
      const whole = /\b(sum|max|min|count|absent)\b/.test(expr) ? kept : ['namespace', 'name']
      expect(used.filter((label) => !whole.includes(label))).toEqual([])
    },
  )

  it('sees a metric and a label that are not there', () => {
    const known = {
      fairlead_frozen: { type: 'gauge', help: '', labels: ['why'] },
      fairlead_took: { type: 'histogram', help: '', labels: [] },
    } as const
    expect(problemsOf('max by (why) (fairlead_frozen{why="x"}) > 0', known)).toEqual([])
    expect(problemsOf('rate(fairlead_took_bucket{le="1"}[5m])', known)).toEqual([])
    expect(problemsOf('max(fairlead_frosen)', known)).toEqual(['no metric fairlead_frosen'])
    expect(problemsOf('fairlead_frozen{who="x"}', known)).toEqual(['no label who'])
    expect(problemsOf('sum by (who) (fairlead_frozen)', known)).toEqual(['no label who'])
    expect(problemsOf('fairlead_frozen_bucket', known)).toEqual(['no metric fairlead_frozen_bucket'])
  })

  it('are each described with what to do, and no others', () => {
    expect(headings.filter((name) => name.startsWith('Fairlead'))).toEqual(alerts.map(({ alert }) => alert))
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/guides/operating.md#${alert.toLowerCase()}`)
  })

  it('are told of everything that stops Fairlead', () => {
    const asked = alerts.map(({ expr }) => expr).join('\n')
    for (const name of [
      'fairlead_frozen',
      'fairlead_brake_engaged',
      'fairlead_second_owner',
      'fairlead_unreadable_kinds',
      'fairlead_dependency_up',
    ])
      expect(asked).toContain(name)
  })
})
