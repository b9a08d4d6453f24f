import { type SchemaNode, schemaNode, valuesOf } from '../../controllers/config/schema-node.ts'
import { typeText } from '../../controllers/config/type-text.ts'
import { allSettings, schema } from '../../controllers/config.ts'
import { generatedNotice, markdownTable } from './markdown.ts'

type Row = { readonly key: string; readonly type: string; readonly byDefault: string; readonly description: string }

export function configurationPage(): string {
  const given = new Map(allSettings().map((one) => [one.key, one]))
  const rows = rowsOf('', schemaNode(schema)).map(({ key, type, byDefault, description }) => {
    const setting = given.get(key)
    const flag = setting?.flag ? code(setting.flag) : ''
    const variable = setting === undefined ? '' : `${code(setting.variable)}${setting.flag === null ? ' (JSON)' : ''}`
    return [code(key), flag, variable, type, byDefault, description]
  })
  return `${generatedNotice('the sections in controllers/config')}# Configuration

A key can be given in three ways, and the first of these that gives it decides:

1. a flag of any command: \`--aws-region eu-west-1\`;
2. an environment variable: \`FAIRLEAD_AWS_REGION=eu-west-1\`;
3. the YAML file that \`--config FILE\` or \`FAIRLEAD_CONFIG\` names (\`--kubeconfig FILE\` has \`FAIRLEAD_KUBECONFIG\`).

A list is written with commas in a flag or a variable (\`a,b\`), or as JSON. What has names of your own in it has no flag; its variable holds JSON and
replaces all of it: \`FAIRLEAD_DEFAULTS_TAGS='{"team":"games"}'\`. An empty variable is an empty text or list, not one that is left out.

Nothing unknown is ignored: a key, a flag or a variable that begins with \`FAIRLEAD_\` and is not in this table is an error, which names the nearest one.
(What the kubelet sets for a Service whose name begins with \`fairlead\` is not looked at.) A wrong value is an error too, which says where it stands, what
was read and what would be right; all of them are told at once.

\`fairlead config print\` prints what is in effect, as YAML that can be used as a file, or with \`-o json\`; \`--sources\` adds where each value came from.
Secrets are printed as \`[redacted]\`. \`fairlead config --help\` is this table for a terminal.

Every key may be left out unless its default is *required*. Names in capitals stand for names that you choose.

${markdownTable(['key', 'flag', 'variable', 'type', 'default', 'what it is'], rows)}
## Accounts

The section \`aws\` is the home account: certificates, load balancers and records are made there. Its roles are assumed with the credentials that Fairlead itself has; the
trust policy of a role should ask for the external id. Each controller has a session of its own, \`fairlead-certificates\`, \`fairlead-loadbalancers\`
and \`fairlead-dns\`, so that CloudTrail tells them apart; \`roles\` gives one a role of its own, with the policy made for it in \`deploy/iam\`. A session is
renewed five minutes before it ends. All roles of an account are in that account, and all accounts in one partition, since no role reaches across.

What is in \`accounts\` is checked, and not used yet: the annotation \`fairlead.dev/account\` is refused.

How it is given in practice: [the guide](guides/configuring.md).
`
}

const code = (text: string): string => `\`${text}\``

function rowsOf(path: string, node: SchemaNode): readonly Row[] {
  const required = new Set(node.required)
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => rowsAt(join(path, key), child, required.has(key)))
}

function rowsAt(path: string, node: SchemaNode, required: boolean): readonly Row[] {
  const { oneOf: shapes, description = '' } = node
  const values = valuesOf(node)
  if (node.properties !== undefined)
    return [...(description === '' ? [] : [{ key: path, type: 'object', byDefault: '', description }]), ...rowsOf(path, node)]
  if (shapes !== undefined)
    return [
      { key: path, type: 'object', byDefault: required ? '*required*' : '', description },
      ...shapes.flatMap((one) => shapeRows(path, one)),
    ]
  const byDefault = required ? '*required*' : shown(node.default)
  const row = { key: path, type: typeText(node, '`'), byDefault, description }
  return values?.properties === undefined ? [row] : [row, ...rowsOf(`${path}.NAME`, values)]
}

/** One of several shapes, told apart by its constant. */
function shapeRows(path: string, node: SchemaNode): readonly Row[] {
  const [name = '', tag] = Object.entries(node.properties ?? {}).find(([, child]) => child.const !== undefined) ?? []
  return rowsOf(path, node).map((row) =>
    row.key === join(path, name) ? row : { ...row, description: `With \`${name}: ${tag?.const}\`: ${row.description}` },
  )
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function shown(value: unknown): string {
  return value === undefined
    ? 'none'
    : value === ''
      ? 'empty'
      : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
