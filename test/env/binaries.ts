// Paths of everything the wished components run, built first where the cache has none.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Component } from './components.ts'
import { type BuildReport, buildGo, type GoBuild } from './go-builds.ts'
import { awsSource, pythonWith } from './python-environment.ts'

const builtBy: Readonly<Record<Exclude<Component, 'aws'>, GoBuild>> = {
  etcd: 'etcd',
  'kube-apiserver': 'kubernetes',
  'kube-controller-manager': 'kubernetes',
  'kube-scheduler': 'kubernetes',
  kwok: 'kwok',
  vault: 'vault',
}

export type Binaries = {
  readonly path: (component: Exclude<Component, 'aws'> | 'kubectl') => string
  /** Directory of KWOK's stage definitions. */
  readonly stages: () => string
  /** The Python that runs the AWS stand-in. */
  readonly python: () => string
}

export async function ensureBinaries(components: readonly Component[], report: BuildReport): Promise<Binaries> {
  const dirs = new Map<GoBuild, string>()
  let python: string | undefined
  // The Python environment first: it takes a minute, and a missing Python is better told before a long build.
  if (components.includes('aws')) {
    await access(join(awsSource, 'requirements.txt'))
    python = await pythonWith(join(awsSource, 'requirements.txt'), report)
  }
  for (const component of components) {
    if (component === 'aws') continue
    const build = builtBy[component]
    if (!dirs.has(build)) dirs.set(build, (await buildGo(build, report)).dir)
  }
  const dir = (build: GoBuild): string => {
    const found = dirs.get(build)
    if (found === undefined) throw new Error(`${build} was not asked for`)
    return found
  }
  return {
    path: (component) => join(dir(component === 'kubectl' ? 'kubernetes' : builtBy[component]), 'bin', component),
    stages: () => join(dir('kwok'), 'share'),
    python: () => {
      if (python === undefined) throw new Error('the AWS stand-in was not asked for')
      return python
    },
  }
}
