// tsyringe, below @peculiar/x509, refuses to load without these three functions of the metadata proposal. Import this before x509.

type Metadata = {
  getMetadata?: (key: unknown, target: object) => unknown
  getOwnMetadata?: (key: unknown, target: object) => unknown
  defineMetadata?: (key: unknown, value: unknown, target: object) => void
}

const held = new WeakMap<object, Map<unknown, unknown>>()
const own = (key: unknown, target: object): unknown => held.get(target)?.get(key)

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    if (held.get(at)?.has(key)) return own(key, at)
  }
  return undefined
}

const reflect = Reflect as unknown as Metadata
reflect.getMetadata ??= inherited
reflect.getOwnMetadata ??= own
reflect.defineMetadata ??= (key, value, target) => {
  const keys = held.get(target) ?? new Map<unknown, unknown>()
  held.set(target, keys.set(key, value))
}
