import { docBlocks } from './doc-blocks.ts'
import type { DocPage } from './doc-pages.ts'

/** A command as a reader would type it, without its comment. */
export type DocCommand = { readonly page: string; readonly line: number; readonly text: string }

const PROGRAMS = 'npm|npx|node|kubectl|vault|aws|docker|curl|helm|eksctl|openssl|sed|cp|git|python|pip|fairlead'
/** A command line may set variables first, as a shell has it; or keep what a command says in one. */
const BEGINS = new RegExp(`^(?:(?:[A-Z_]+=(?:'[^']*'|"[^"]*"|\\S*) )*(?:${PROGRAMS}) \\S|[A-Z_]+=\\$\\((?:${PROGRAMS}) .*\\)$)`)
const IN_PROSE = new RegExp(`\`((?:[A-Z_]+=(?:'[^']*'|"[^"]*"|\\S*) )*(?:${PROGRAMS}) [^\`]+)\``, 'g')
/** What a page says behind a command. */
const COMMENT = /\s+#\s.*$|\s{4,}[a-z'].*$/

/** The commands of a page in its order: the lines of blocks, and those in running text. Throws at a line of a block of commands that is none. */
export function docCommands(page: DocPage): readonly DocCommand[] {
  const { blocks, prose } = docBlocks(page)
  const inBlocks = blocks.filter(({ text }) => text.split('\n').some((line) => BEGINS.test(line))).flatMap(commandsIn)
  const named = prose.flatMap((line, index) =>
    [...line.matchAll(IN_PROSE)].map((match) => ({ page: page.path, line: index + 1, text: match[1]! })),
  )
  return [...inBlocks, ...named].sort((a, b) => a.line - b.line)
}

function commandsIn({ page, line, text }: { readonly page: string; readonly line: number; readonly text: string }) {
  const commands: DocCommand[] = []
  let begun: { at: number; text: string } | null = null
  for (const [index, raw] of text.split('\n').entries()) {
    const at: number = begun?.at ?? line + index
    const so: string = (begun === null ? '' : `${begun.text} `) + raw.trim()
    if (so.endsWith('\\')) {
      begun = { at, text: so.slice(0, -1).trim() }
      continue
    }
    begun = null
    if (so === '' || so.startsWith('#')) continue
    if (!BEGINS.test(so)) throw new Error(`${page}:${at}: a line among commands that is none: ${so}`)
    commands.push({ page, line: at, text: so.replace(COMMENT, '') })
  }
  if (begun !== null) throw new Error(`${page}:${begun.at}: a command that does not end`)
  return commands
}
