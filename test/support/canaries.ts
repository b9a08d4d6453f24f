import { encodingsOf, keyEncodingsOf } from './canary-encodings.ts'

/** A secret found where it must not be. */
export type Leak = { readonly secret: string; readonly encoding: string; readonly where: string; readonly around: string }

/** So much of a long secret is a leak; a shorter one counts as a whole. */
const WINDOW = 40
/** Of any WINDOW characters in a row, these many begin at a multiple of BLOCK: only those are looked up. */
const BLOCK = WINDOW / 2

type Needle = { readonly secret: string; readonly encoding: string; readonly text: string }
type Place = { readonly needle: Needle; readonly at: number }

/** Secrets that were planted, and the search for each in every encoding in which it could leak. */
export class Canaries {
  readonly #short: Needle[] = []
  readonly #blocks = new Map<string, Place[]>()
  readonly #known = new Set<string>()

  /** Any text: a token, a password. */
  plant(secret: string, value: string): void {
    this.#add(secret, value, encodingsOf)
  }

  /** A private key in PEM. What it shares with its certificate is no secret. */
  plantKey(secret: string, pem: string): void {
    this.#add(secret, pem, keyEncodingsOf)
  }

  get size(): number {
    return this.#known.size
  }

  search(where: string, text: string): readonly Leak[] {
    const leaks = new Map<string, Leak>()
    // Lines of a PEM text, however their ends are written, are one run of characters.
    const joined = text.replaceAll(/(?:\\+[nrt]|%0[ADad]|\s)+/g, '')
    for (const hay of new Set([text, joined]))
      for (const { needle, at } of [...this.#whole(hay), ...this.#parts(hay)]) {
        const around = hay.slice(Math.max(0, at - 60), at + 60)
        leaks.set(`${needle.secret} ${needle.encoding}`, { secret: needle.secret, encoding: needle.encoding, where, around })
      }
    return [...leaks.values()]
  }

  #add(secret: string, value: string, encodings: (value: string) => Readonly<Record<string, string>>): void {
    if (this.#known.has(value)) return
    this.#known.add(value)
    for (const [encoding, text] of Object.entries(encodings(value))) {
      const needle = { secret, encoding, text }
      if (text.length < WINDOW) {
        this.#short.push(needle)
        continue
      }
      for (let at = 0; at + BLOCK <= text.length; at++) {
        const block = text.slice(at, at + BLOCK)
        const places = this.#blocks.get(block)
        if (places === undefined) this.#blocks.set(block, [{ needle, at }])
        else places.push({ needle, at })
      }
    }
  }

  #whole(hay: string): readonly Place[] {
    return this.#short.flatMap((needle) => {
      const at = hay.indexOf(needle.text)
      return at < 0 ? [] : [{ needle, at }]
    })
  }

  #parts(hay: string): readonly Place[] {
    const found: Place[] = []
    for (let at = 0; at + BLOCK <= hay.length; at += BLOCK)
      for (const { needle, at: inside } of this.#blocks.get(hay.slice(at, at + BLOCK)) ?? []) {
        let [before, after] = [0, BLOCK]
        while (before < inside && before < at && hay[at - before - 1] === needle.text[inside - before - 1]) before++
        while (inside + after < needle.text.length && hay[at + after] === needle.text[inside + after]) after++
        if (before + after >= WINDOW) found.push({ needle, at: at - before })
      }
    return found
  }
}
