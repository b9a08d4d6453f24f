import type { AwsPermission, Permissions } from '../../controllers/shared/permissions.ts'
import { generatedNotice, markdownTable } from './markdown.ts'

const ON: Readonly<Record<AwsPermission['on'], string>> = {
  any: 'any resource',
  ours: 'what carries the tag `fairlead.dev/cluster`',
  creating: 'requests that give the tag `fairlead.dev/cluster`',
}

const NAMES: Readonly<Record<string, string>> = {
  runtime: 'what every controller needs',
  api: 'HTTP',
  certificates: 'certificates',
  loadbalancers: 'load balancers',
  dns: 'DNS',
  release: '`fairlead release --all`, beside what the controllers may do',
}

/** docs/permissions.md: what Fairlead may do, and why, from the sources of its RBAC, IAM and Vault policies. */
export function permissionsPage(all: readonly Permissions[]): string {
  return `${generatedNotice('permissions.ts of each controller')}# Permissions

Everything that Fairlead may do, and what for. The manifests and policies made from the same source are \`deploy/kustomize/base/rbac.yaml\`, \`deploy/iam/*.json\` and
\`deploy/vault/fairlead.hcl\`. The tests run Fairlead with exactly these roles in Kubernetes and Vault. What they do not hold: [security](guides/security.md).

## Kubernetes

*Cluster* is a ClusterRole, *own* a Role in Fairlead’s own namespace. The names of the roles are \`fairlead-PART\`.

${kubernetesTable(all)}
## AWS

One policy for each controller, \`deploy/iam/NAME.json\`. A tag is asked for by the conditions \`aws:ResourceTag\` and \`aws:RequestTag\`, whatever its value.

${awsTable(all)}
## Vault

${vaultTable(all)}`
}

const onOf = ({ on, within }: AwsPermission): string =>
  within === undefined ? ON[on] : `${ON[on]}, within ${codes(within)} alone`
const name = (one: Permissions): string => NAMES[one.name] ?? one.name
const codes = (items: readonly string[]): string => items.map((item) => `\`${item}\``).join(', ')

function kubernetesTable(all: readonly Permissions[]): string {
  const rows = all.flatMap((one) =>
    one.kubernetes.map((rule) => [name(one), rule.scope, codes(rule.resources), codes(rule.verbs), rule.why]),
  )
  return markdownTable(['for', 'scope', 'resources', 'verbs', 'why'], rows)
}

function awsTable(all: readonly Permissions[]): string {
  const rows = all.flatMap((one) => one.aws.map((rule) => [name(one), codes([...rule.actions].sort()), onOf(rule), rule.why]))
  return markdownTable(['for', 'actions', 'on', 'why'], rows)
}

function vaultTable(all: readonly Permissions[]): string {
  const rows = all.flatMap((one) =>
    one.vault.map((rule) => [name(one), `\`${rule.path}\``, codes(rule.capabilities), `${rule.why}; of each profile`]),
  )
  return markdownTable(['for', 'path', 'capabilities', 'why'], rows)
}
