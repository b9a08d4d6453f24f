import { type AuditLine, auditHash, type IntentLine, NO_HASH, sha256 } from './audit-line.ts'
import { readAuditText } from './audit-text.ts'

export type AuditProblem = {
  /** `changed`: what it says is not what was written. `foreign`: no line that the chain can have. */
  readonly why: 'changed' | 'missing' | 'reordered' | 'truncated' | 'repeated' | 'foreign' | 'empty'
  readonly file: string
  /** 1 for the first line of the file; 0 if it is about no line. */
  readonly line: number
  readonly message: string
}

export type AuditVerdict = {
  /** The first line that is wrong; null if none is. */
  readonly problem: AuditProblem | null
  readonly lines: number
  readonly chains: number
  /** Lines of the log and other texts in between. */
  readonly skipped: number
  /** Intents whose outcome was never told: a process ended in between, or is at it. */
  readonly open: readonly IntentLine[]
  /** The line that the whole ends in: written down elsewhere, it proves later that nothing was cut off. */
  readonly last: { readonly chain: string; readonly seq: number; readonly hash: string } | null
}

export type VerifyOptions = {
  /** The input may begin in the middle: earlier lines were rotated away. */
  readonly partial?: boolean
  /** The hash it must end in. */
  readonly last?: string
}

type At = { readonly file: string; readonly line: number }
type Chain = {
  seq: number
  readonly hashes: Map<number, string>
  readonly open: Map<number, IntentLine>
  readonly missing: Set<number>
  at: At
}

/** Checks chains line by line. Several may be mixed: each replica, and each start of one, has its own. */
export class AuditVerifier {
  readonly #options: VerifyOptions
  readonly #chains = new Map<string, Chain>()
  #problem: AuditProblem | null = null
  #torn: (At & { readonly text: string }) | null = null
  #last: AuditVerdict['last'] = null
  #lines = 0
  #skipped = 0

  constructor(options: VerifyOptions = {}) {
    this.#options = options
  }

  add(text: string, at: At): void {
    const read = readAuditText(text)
    if (read.what === 'other') {
      this.#skipped++
      return
    }
    this.#lines++
    if (read.what === 'torn') {
      this.#tornIsLost()
      this.#torn = { text, ...at }
    } else if (read.what === 'foreign') {
      this.#found('foreign', at, `is not an audit line that this version knows: ${read.why}`)
    } else {
      // It was written again, whole, once there was room for it.
      if (this.#torn !== null && text.startsWith(this.#torn.text)) this.#torn = null
      this.#line(read.line, at)
    }
  }

  end(): AuditVerdict {
    this.#tornIsLost()
    const { last } = this.#options
    if (this.#problem === null && this.#lines === 0) this.#found('empty', { file: '', line: 0 }, 'there is no audit line')
    if (last !== undefined && this.#last?.hash !== last) {
      const at = this.#chains.get(this.#last?.chain ?? '')?.at ?? { file: '', line: 0 }
      this.#found('truncated', at, `it ends in ${this.#last?.hash ?? 'nothing'}, and was to end in ${last}`)
    }
    const open = [...this.#chains.values()].flatMap((chain) => [...chain.open.values()])
    const { size } = this.#chains
    return { problem: this.#problem, lines: this.#lines, chains: size, skipped: this.#skipped, open, last: this.#last }
  }

  #line(line: AuditLine, at: At): void {
    const chain = this.#chains.get(line.chain)
    if (auditHash(line) !== line.hash) {
      this.#found('changed', at, `${nameOf(line)} is not what was written: its hash is another`)
      // What follows was written after this line as it was.
      if (chain !== undefined) chain.seq = Math.max(chain.seq, line.seq)
      return
    }
    if (chain === undefined) this.#begin(line, at)
    else if (line.seq <= chain.seq) this.#earlier(chain, line, at)
    else this.#next(chain, line, at)
    this.#last = { chain: line.chain, seq: line.seq, hash: line.hash }
  }

  #begin(line: AuditLine, at: At): void {
    const { partial = false } = this.#options
    const chain: Chain = { seq: line.seq, hashes: new Map(), open: new Map(), missing: new Set(), at }
    this.#chains.set(line.chain, chain)
    this.#note(chain, line, at)
    if (line.kind === 'start' && line.seq === 1) this.#start(line, at)
    else if (line.seq === 1) this.#found('foreign', at, `chain ${line.chain} begins without a start`)
    else if (!partial) {
      for (let seq = 1; seq < line.seq; seq++) chain.missing.add(seq)
      this.#found('missing', at, lacks(1, line.seq - 1, line.chain))
    }
  }

  #start({ prev, continues }: AuditLine & { readonly kind: 'start' }, at: At): void {
    if (prev !== (continues?.hash ?? NO_HASH)) this.#found('changed', at, 'it does not follow what it says it continues')
    if (continues === null) return
    const { chain, seq, hash, torn } = continues
    const before = this.#chains.get(chain)
    if (before === undefined) {
      if (this.#options.partial !== true) this.#found('missing', at, `chain ${chain}, which it continues, is not there before it`)
    } else if (before.seq < seq)
      this.#found('truncated', at, `the end of chain ${chain}, ${range(before.seq + 1, seq)}, is cut off before it`)
    else if ((before.hashes.get(seq) ?? hash) !== hash)
      this.#found('changed', at, `line ${seq} of chain ${chain} is not the one it was written after`)
    if (this.#torn !== null && sha256(this.#torn.text) === torn) this.#torn = null
  }

  #next(chain: Chain, line: AuditLine, at: At): void {
    const { seq } = line
    if (seq > chain.seq + 1) {
      for (let lost = chain.seq + 1; lost < seq; lost++) chain.missing.add(lost)
      this.#found('missing', at, lacks(chain.seq + 1, seq - 1, line.chain))
    } else if ((chain.hashes.get(chain.seq) ?? line.prev) !== line.prev)
      this.#found('changed', at, `line ${chain.seq} of chain ${line.chain} is not the one it was written after`)
    chain.seq = seq
    this.#note(chain, line, at)
  }

  #earlier(chain: Chain, line: AuditLine, at: At): void {
    if (chain.missing.delete(line.seq)) {
      // It is not missing: the order is what is wrong.
      const message = `${nameOf(line)} is not before it, but in ${at.file}:${at.line}`
      if (this.#problem?.why === 'missing') this.#problem = { ...this.#problem, why: 'reordered', message }
      this.#note(chain, line, at)
    } else if (chain.hashes.get(line.seq) === line.hash) this.#found('repeated', at, `${nameOf(line)} was there before`)
    else if (chain.hashes.has(line.seq)) this.#found('foreign', at, `there was another ${nameOf(line)} before`)
  }

  #note(chain: Chain, line: AuditLine, at: At): void {
    chain.hashes.set(line.seq, line.hash)
    chain.at = at
    if (line.kind === 'intent') chain.open.set(line.seq, line)
    if (line.kind === 'outcome') chain.open.delete(line.intent)
  }

  /** Half a line that nobody finished, and that no later start tells of. */
  #tornIsLost(): void {
    const torn = this.#torn
    this.#torn = null
    if (torn !== null) this.#found('truncated', torn, 'ends in the middle of an audit line')
  }

  /** The first problem counts: later ones mostly follow from it. */
  #found(why: AuditProblem['why'], { file, line }: At, message: string): void {
    this.#problem ??= { why, file, line, message }
  }
}

const nameOf = (line: AuditLine): string => `line ${line.seq} of chain ${line.chain}`
const lacks = (from: number, to: number, chain: string): string =>
  `${range(from, to)} of chain ${chain} ${from === to ? 'is' : 'are'} not there before it`
const range = (from: number, to: number): string => (from === to ? `line ${from}` : `lines ${from} to ${to}`)
