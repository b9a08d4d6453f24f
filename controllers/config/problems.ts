import { z } from 'zod'
import { nearest } from '../shared/annotations.ts'

/** What is wrong, one line for each mistake. */
export function problemsOf(schema: z.ZodType, issue: z.core.$ZodIssue, read: unknown): readonly string[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    return issue.keys.map((key) => {
      const near = nearest(key, known)
      const where = path === '' ? key : `${path}.${key}`
      return `${where} is not a setting${near === null ? `; known here: ${known.join(', ')}` : `; did you mean ${path === '' ? near : `${path}.${near}`}?`}`
    })
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    read,
  )
  return [`${path || 'the file'} is ${value === undefined ? 'missing' : JSON.stringify(value)}: ${issue.message}`]
}

function keysAt(root: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let node: unknown = root
  for (const key of path) node = Object(Reflect.get(shapeOf(node) ?? {}, key))
  return Object.keys(shapeOf(node) ?? {})
}

function shapeOf(node: unknown): object | undefined {
  let at: unknown = node
  while (at instanceof z.ZodPrefault || at instanceof z.ZodDefault || at instanceof z.ZodOptional) at = at.unwrap()
  return at instanceof z.ZodObject ? at.shape : undefined
}
