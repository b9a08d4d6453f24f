import { canonical, isTree, type Stored, type Tree } from './kubernetes-standin-objects.ts'

/**
 * Who owns which field, for server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/
 * Simplified: lists are owned whole, but for finalizers, which are a set. Keys are `manager/operation`.
 */
export type Owners = ReadonlyMap<string, { readonly paths: ReadonlySet<string>; readonly time: string }>

const UNOWNED = new Set([
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
])

/** The owned part of an object, with finalizers as fields of their own. */
function treeOf(object: Tree): Tree {
  const { apiVersion: _, kind: __, metadata, ...rest } = object
  const { finalizers, ...meta } = Object.fromEntries(
    Object.entries((metadata ?? {}) as Tree).filter(([key]) => !UNOWNED.has(key) && !key.startsWith('deletion')),
  )
  const set = Object.fromEntries(((finalizers ?? []) as string[]).map((name) => [name, true]))
  return { ...rest, metadata: finalizers === undefined ? meta : { ...meta, finalizers: set } }
}

/** Each leaf by its path (JSON of the field names). */
function leavesOf(tree: Tree, at: readonly string[] = []): Map<string, unknown> {
  const leaves = new Map<string, unknown>()
  for (const [field, value] of Object.entries(tree)) {
    const path = [...at, field]
    if (isTree(value) && Object.keys(value).length > 0) for (const [key, leaf] of leavesOf(value, path)) leaves.set(key, leaf)
    else if (!isTree(value)) leaves.set(JSON.stringify(path), value)
  }
  return leaves
}

export type Applied = { readonly object: Stored; readonly owners: Owners; readonly conflicts: readonly string[] }

/** What becomes of an object when a manager applies `body`; conflicts are field paths that others own with other values. */
export function serverSideApplied(
  live: Stored,
  owners: Owners,
  body: Tree,
  manager: string,
  force: boolean,
  time: string,
): Applied {
  const me = `${manager}/Apply`
  const wanted = leavesOf(treeOf(body))
  const present = leavesOf(treeOf(live))
  const othersOf = (path: string) => [...owners].filter(([key, { paths }]) => key !== me && paths.has(path)).map(([key]) => key)
  const contested = [...wanted].filter(
    ([path, value]) => present.has(path) && canonical(present.get(path)) !== canonical(value) && othersOf(path).length > 0,
  )
  if (contested.length > 0 && !force)
    return { object: live, owners, conflicts: contested.map(([path]) => `.${(JSON.parse(path) as string[]).join('.')}`) }
  const dropped = [...(owners.get(me)?.paths ?? [])].filter((path) => !wanted.has(path) && othersOf(path).length === 0)
  const result = structuredClone(live) as Tree
  for (const path of dropped) setAt(result, JSON.parse(path) as string[], undefined)
  for (const [path, value] of wanted) setAt(result, JSON.parse(path) as string[], value)
  const taken = new Set(contested.map(([path]) => path))
  const next = new Map([...owners].map(([key, entry]) => [key, { ...entry, paths: without(entry.paths, taken) }]))
  const paths = new Set(wanted.keys())
  const same =
    owners.get(me) !== undefined && canonical([...paths].sort()) === canonical([...(owners.get(me)?.paths ?? [])].sort())
  const unchanged = same && canonical(result) === canonical(live)
  next.set(me, { paths, time: unchanged ? (owners.get(me)?.time ?? time) : time })
  return { object: result as Stored, owners: next, conflicts: [] }
}

/** Ownership after any other write: who changed a field owns it, alone. */
export function ownersAfterUpdate(before: Stored | null, after: Stored, owners: Owners, manager: string, time: string): Owners {
  const old = before === null ? new Map<string, unknown>() : leavesOf(treeOf(before))
  const now = leavesOf(treeOf(after))
  const changed = new Set(
    [...now].filter(([path, value]) => !old.has(path) || canonical(old.get(path)) !== canonical(value)).map(([path]) => path),
  )
  const gone = new Set([...old.keys()].filter((path) => !now.has(path)))
  if (changed.size === 0 && gone.size === 0) return owners
  const me = `${manager}/Update`
  const next = new Map(
    [...owners].map(([key, entry]) => [key, { ...entry, paths: without(without(entry.paths, changed), gone) }]),
  )
  next.set(me, { paths: new Set([...(next.get(me)?.paths ?? []), ...changed]), time })
  return next
}

/** As the API shows it, without the fields. */
export function managedFieldsOf(owners: Owners): readonly object[] {
  return [...owners]
    .filter(([, { paths }]) => paths.size > 0)
    .map(([key, { time }]) => {
      const [manager = '', operation = ''] = key.split('/')
      return { manager, operation, time }
    })
}

function without(paths: ReadonlySet<string>, removed: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...paths].filter((path) => !removed.has(path)))
}

/** Sets a field, or removes it; a finalizer is an element of a list. */
function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  const [field, ...rest] = path
  if (field === undefined) return
  if (field === 'finalizers' && rest.length === 1) {
    const others = ((tree[field] ?? []) as string[]).filter((name) => name !== rest[0])
    tree[field] = value === undefined ? others : [...others, rest[0]]
  } else if (rest.length > 0) {
    if (!isTree(tree[field])) {
      if (value === undefined) return
      tree[field] = {}
    }
    setAt(tree[field] as Tree, rest, value)
  } else if (value === undefined) delete tree[field]
  else tree[field] = structuredClone(value)
}
