import type { ResourceKind, Selection } from './kubernetes.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** The REST path of a kind, or of one object of it. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
export function resourcePath(kind: ResourceKind, namespace?: string, name?: string, subresource?: string): string {
  const group = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const space = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const rest = [name, subresource].filter((part) => part !== undefined).map((part) => `/${encodeURIComponent(part)}`)
  return `${group}${space}/${kind.plural}${rest.join('')}`
}

/** The query string, with its question mark if there is anything in it. */
export function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as [string, string]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

export function selectionQuery(selection: Selection): Query {
  return { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector }
}

export function apiVersion(kind: ResourceKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
}
