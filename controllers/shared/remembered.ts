/**
 * A function of a text that remembers what it made: for what every pass asks of the same few thousand texts. It holds between `most` and
 * twice as many; what was not asked for while that many others were is made again.
 */
export function remembered<T>(make: (text: string) => T, most = 20_000): (text: string) => T {
  let young = new Map<string, T>()
  let old: ReadonlyMap<string, T> = new Map()
  const keep = (text: string, made: T): T => {
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(text, made)
    return made
  }
  return (text) => {
    const known = young.get(text)
    if (known !== undefined) return known
    const older = old.get(text)
    return keep(text, older === undefined ? make(text) : older)
  }
}
