import { annotation, FAIRLEAD, refOf, unknownAnnotations } from './annotations.ts'
import { annotationField, type Finding } from './finding.ts'
import { NAMESPACE_TABLE } from './namespace-annotations.ts'
import type { Namespace } from './objects.ts'
import { misreadPause } from './pause.ts'
import type { TenancySettings } from './settings.ts'
import { grantOf } from './tenancy-grant.ts'

/** What is wrong with a Namespace's own annotations: told on the Namespace, whose administrator can mend it. */
export function namespaceFindings(namespace: Namespace, settings: TenancySettings): readonly Finding[] {
  const misread = misreadPause(namespace)
  const { faults } = grantOf(settings, namespace.metadata.name, namespace)
  return [
    ...unknownAnnotations(namespace, FAIRLEAD, Object.keys(NAMESPACE_TABLE)),
    ...(misread === null ? [] : [misread]),
    ...faults.map(
      ({ key, read, expected }): Finding => ({
        code: 'NamespaceAnnotationInvalid',
        severity: 'warning',
        object: refOf(namespace),
        field: annotationField(key),
        read: annotation(namespace, key) ?? '',
        expected,
        message: `Annotation ${key} has ${JSON.stringify(read)}, which allows nothing; expected ${expected}`,
      }),
    ),
  ]
}
