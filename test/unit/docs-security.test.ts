import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiPermissions } from '../../controllers/api/permissions.ts'
import { certificatesPermissions } from '../../controllers/certificates/permissions.ts'
import { dnsPermissions } from '../../controllers/dns/permissions.ts'
import { loadBalancersPermissions } from '../../controllers/loadbalancers/permissions.ts'
import { runtimePermissions } from '../../controllers/runtime/permissions.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/guides/security.md'), 'utf8')
const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
const rowsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '))

const ALL = [runtimePermissions, apiPermissions, certificatesPermissions, loadBalancersPermissions, dnsPermissions]
const kubernetes = ALL.flatMap((one) => one.kubernetes)
/** What a rule of this scope is about, as the page writes it. */
const resources = (scope: 'cluster' | 'own') => [
  ...new Set(kubernetes.filter((rule) => rule.scope === scope).flatMap((rule) => rule.resources)),
]

describe('docs/guides/security.md (no clock)', () => {
  it('names for each threat what stops it, and a test', () => {
    const rows = rowsIn(section('Threats'))
    expect(rows.length).toBeGreaterThan(10)
    const poor = rows.filter(
      ([, , stops = '', test = '']) => stops.length < 20 || !/\]\(\.\.\/\.\.\/test\/\S+\.test\.ts\)/.test(test),
    )
    expect(poor).toEqual([])
  })

  it('names every kind of object that the ServiceAccount may reach, in the words of the page', () => {
    const [, , rights = ''] = rowsIn(section('Identities and their rights'))[0]!
    const [cluster = '', own = ''] = rights.toLowerCase().split('in its own:')
    const missing = (scope: 'cluster' | 'own', text: string) =>
      resources(scope).filter((name) => !text.includes(name.split('/')[0]!.replace(/s$/, '')))
    expect([missing('cluster', cluster), missing('own', own)]).toEqual([[], []])
    expect(missing('own', cluster)).not.toEqual([])
  })

  it('is right about what cannot be reached: Secrets of other namespaces, pods, roles, and keys in ACM', () => {
    const reach = resources('cluster')
    expect(reach.filter((name) => /secret|pod|role|serviceaccount/.test(name))).toEqual([])
    const actions = ALL.flatMap((one) => one.aws.flatMap((rule) => rule.actions))
    expect(actions.filter((name) => /ExportCertificate|GetPrivateKey/.test(name))).toEqual([])
    expect(ALL.flatMap((one) => one.vault).map((rule) => rule.path)).toEqual(['{mount}/sign/{role}'])
  })
})
