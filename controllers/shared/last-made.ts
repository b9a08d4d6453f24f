/**
 * A function that remembers, for as long as its last argument lives, what it made of the same arguments: several parts of one composition ask
 * the same. Values are never changed in place, so the same values mean the same answer.
 */
export function lastMade<Arguments extends readonly [...unknown[], object], Made>(
  make: (...args: Arguments) => Made,
): (...args: Arguments) => Made {
  const last = new WeakMap<object, { readonly args: Arguments; readonly made: Made }>()
  return (...args) => {
    const key = args.at(-1) as object
    const known = last.get(key)
    if (known?.args.every((item, index) => item === args[index]) === true) return known.made
    const made = make(...args)
    last.set(key, { args, made })
    return made
  }
}
