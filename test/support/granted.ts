import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { grantedPermissions } from './audit-log.ts'
import type { Granted } from './permission-gaps.ts'

/** Everything that the manifests and policies of a deploy folder grant. */
export function grantedIn(deploy: string): Granted {
  const text = (...path: readonly string[]) => readFileSync(join(deploy, ...path), 'utf8')
  const policies = readdirSync(join(deploy, 'iam')).map((file) => [file.replace(/\.json$/, ''), actionsOf(text('iam', file))])
  return {
    verbs: grantedPermissions(text('kustomize/base/rbac.yaml')),
    policies: Object.fromEntries(policies) as Granted['policies'],
    capabilities: capabilitiesOf(text('vault/fairlead.hcl')),
  }
}

/** The actions of an IAM policy, each once. */
export function actionsOf(policy: string): readonly string[] {
  const { Statement } = JSON.parse(policy) as { readonly Statement: readonly { readonly Action: readonly string[] }[] }
  return [...new Set(Statement.flatMap(({ Action }) => Action))].sort()
}

/** Of a Vault policy: `update {mount}/sign/{role}`. */
export function capabilitiesOf(policy: string): readonly string[] {
  const rules = policy.matchAll(/path\s+"([^"]+)"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]/g)
  return [...rules].flatMap(([, path = '', list = '']) => [...list.matchAll(/"(\w+)"/g)].map(([, name]) => `${name} ${path}`))
}
