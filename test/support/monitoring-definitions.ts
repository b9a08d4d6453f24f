// The kinds of the Prometheus operator that deploy/ uses, with the fields it uses: enough for an API server to refuse a misspelt one.
// https://prometheus-operator.dev/docs/api-reference/api/

const text = { type: 'string' } as const
const texts = { type: 'object', additionalProperties: text } as const
const object = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
})
const list = (items: object) => ({ type: 'array', items })
const duration = {
  type: 'string',
  pattern: '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$',
}

const endpoint = object({
  port: text,
  path: text,
  interval: duration,
  honorLabels: { type: 'boolean' },
  authorization: object({ type: text, credentials: object({ name: text, key: text }, ['key']) }),
})
const rule = object({ alert: text, expr: text, for: duration, labels: texts, annotations: texts }, ['expr'])

function definition(kind: string, plural: string, spec: object) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec }, ['spec']) } }],
    },
  }
}

export const monitoringDefinitions = [
  definition(
    'ServiceMonitor',
    'servicemonitors',
    object({ selector: object({ matchLabels: texts }), endpoints: list(endpoint) }, ['selector', 'endpoints']),
  ),
  definition('PrometheusRule', 'prometheusrules', object({ groups: list(object({ name: text, rules: list(rule) }, ['name'])) })),
]
