import { describe, expect, it } from 'vitest'
import { ALB, nearest, unknownAnnotations } from '../../../controllers/shared/annotations.ts'

const ingress = (annotations: Record<string, string>) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'web',
    namespace: 'games',
    uid: '1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations,
  },
})

describe('annotation grammar (no clock)', () => {
  it('names what was read and the nearest name that is right', () => {
    const [found, ...more] = unknownAnnotations(ingress({ [`${ALB}sheme`]: 'internal', [`${ALB}scheme`]: 'internal' }), ALB, [
      'scheme',
      'tags',
    ])
    expect(more).toEqual([])
    expect(found).toMatchObject({
      code: 'UnknownAnnotation',
      read: 'internal',
      expected: `${ALB}scheme`,
      field: `metadata.annotations[${ALB}sheme]`,
    })
    expect(found?.message).toContain(`${ALB}sheme`)
    expect(found?.message).toContain(`${ALB}scheme`)
  })

  it('leaves other prefixes and families alone', () => {
    expect(unknownAnnotations(ingress({ 'example.com/x': '1', [`${ALB}actions.web`]: '{}' }), ALB, ['actions.*'])).toEqual([])
    expect(unknownAnnotations(ingress({ [`${ALB}actions.`]: '{}' }), ALB, ['actions.*'])).toHaveLength(1)
  })

  it('offers nothing when nothing is near', () => {
    expect(nearest('zzzzzzzz', ['scheme', 'tags'])).toBeNull()
    expect(nearest('target-typ', ['target-type', 'tags'])).toBe('target-type')
  })
})
