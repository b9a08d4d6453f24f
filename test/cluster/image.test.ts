import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, makeBundle, makeRootfs } from '../env/bundle.ts'
import { leftovers, proveServed } from '../env/proof.ts'
import { type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'

describe('the image, from the stages of the Dockerfile (real clock)', () => {
  let bundle: Bundle
  let stage: Stage
  beforeAll(async () => {
    bundle = await makeBundle()
    stage = await startStage({ entry: bundle.entry })
    stage.fairlead.start()
  })
  afterAll(async () => {
    await stage?.stop()
    await bundle?.[Symbol.asyncDispose]()
  })

  it('does the main job with the bundle in place of the sources, and nothing of the checkout around it', async () => {
    const command = readFileSync(`/proc/${stage.fairlead.pid}/cmdline`, 'utf8').split('\0')
    expect(command).toContain(bundle.entry)
    expect(existsSync(join(bundle.folder, 'node_modules'))).toBe(false)
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    const ready = ['-n', 'games', '-o', 'jsonpath={.metadata.annotations.fairlead\\.dev/ready}']
    const isReady = async () => (await stage.kubectl('get', 'ingress', 'game', ...ready)) === 'true'
    await until('the game is served', isReady, { seconds: 60, everyMs: 100 })
    await proveServed(stage, 'game.example.com')
    await stage.kubectl('delete', 'ingress', 'game', '-n', 'games', '--wait=true', '--timeout=60s')
    await until('nothing is left', async () => (await leftovers(stage)).length === 0, { seconds: 30 })
  })

  it('names no file of the machine it was built on, and carries the licences of what is in it', () => {
    const texts = readdirSync(bundle.folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(mjs|txt)$/.test(name))
      .map((name) => readFileSync(join(bundle.folder, name), 'utf8'))
    expect(texts.length).toBeGreaterThan(3)
    expect(texts.filter((text) => text.includes(join(import.meta.dirname, '../..')))).toEqual([])
    expect(texts.filter((text) => /zod 4\.[\s\S]*MIT License/.test(text))).toHaveLength(1)
  })

  it('starts Node in a file system that has no shell and nothing else but its libraries', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-rootfs-'))
    try {
      await makeRootfs(folder)
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory())
      const names = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
      const others = names.filter((name) => !/^\/(usr\/)?lib(64)?\/.*\.so(\.\d+)*$/.test(name)).sort()
      expect(others).toEqual(['/bin/node', '/etc/group', '/etc/nsswitch.conf', '/etc/passwd'])
      // With the loader and the libraries of the image alone, as the kernel would do it there.
      const loader = names.find((name) => /ld-linux/.test(name))!
      const libraries = [...new Set(names.filter((name) => name.includes('.so')).map((name) => join(folder, name, '..')))]
      const printed = execFileSync(
        join(folder, loader),
        ['--inhibit-cache', '--library-path', libraries.join(':'), join(folder, 'bin/node'), '-p', 'process.version'],
        { encoding: 'utf8', env: {} },
      )
      expect(printed.trim()).toBe(process.version)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
