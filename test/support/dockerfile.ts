export type Instruction = { readonly name: string; readonly argument: string }
export type DockerStage = { readonly from: string; readonly instructions: readonly Instruction[] }

/** The stages of a Dockerfile, with its build arguments at their defaults. https://docs.docker.com/reference/dockerfile/ */
export function parseDockerfile(text: string): readonly DockerStage[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n')
  const instructions = lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line): Instruction => {
      const [, name = '', argument = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? []
      if (name === '') throw new SyntaxError(`no instruction: ${line}`)
      return { name: name.toUpperCase(), argument }
    })
  const args: Record<string, string> = {}
  const stages: { from: string; instructions: Instruction[] }[] = []
  for (const one of instructions) {
    if (one.name === 'ARG' && stages.length === 0) {
      const [key = '', value = ''] = one.argument.split('=')
      args[key] = value
    } else if (one.name === 'FROM') {
      const [image = ''] = one.argument.split(' ')
      stages.push({ from: image.replace(/\$\{(\w+)\}/g, (_whole, key: string) => args[key] ?? ''), instructions: [] })
    } else if (stages.length === 0) throw new SyntaxError(`${one.name} before the first FROM`)
    else stages.at(-1)!.instructions.push(one)
  }
  return stages
}
