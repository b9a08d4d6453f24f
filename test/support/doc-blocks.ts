import type { DocPage } from './doc-pages.ts'

/** A fenced block of a page; `line` is that of its first line of text. */
export type DocBlock = { readonly page: string; readonly line: number; readonly language: string; readonly text: string }

const FENCE = /^( *)```([a-z]*) *$/

/** The fenced blocks of a page, and the text between them, line by line as it stands in the page. */
export function docBlocks({ path, text }: DocPage): { readonly blocks: readonly DocBlock[]; readonly prose: readonly string[] } {
  const blocks: DocBlock[] = []
  const lines = text.split('\n')
  const prose = [...lines]
  let open: { readonly at: number; readonly language: string } | null = null
  for (const [index, line] of lines.entries()) {
    const fence = FENCE.exec(line)
    if (open !== null || fence !== null) prose[index] = ''
    if (fence === null) continue
    if (open === null) open = { at: index, language: fence[2]! }
    else {
      blocks.push({
        page: path,
        line: open.at + 2,
        language: open.language,
        text: lines.slice(open.at + 1, index).join('\n'),
      })
      open = null
    }
  }
  if (open !== null) throw new Error(`${path}:${open.at + 1}: a block that does not end`)
  return { blocks, prose }
}
