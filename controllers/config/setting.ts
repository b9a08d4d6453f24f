import { type SchemaNode, typesOf, variantsOf } from './schema-node.ts'

/** One key of the configuration that can be given on its own. */
export type Setting = {
  /** `aws.requestTimeoutSeconds` */
  readonly key: string
  readonly path: readonly string[]
  /** `--aws-request-timeout-seconds`; null for what does not fit on a line, and for secrets, since others see a process’s arguments. */
  readonly flag: string | null
  /** `FAIRLEAD_AWS_REQUEST_TIMEOUT_SECONDS` */
  readonly variable: string
  readonly node: SchemaNode
}

export const VARIABLE_PREFIX = 'FAIRLEAD_'

/** Every setting of a schema: what is no section is one. */
export function settingsIn(root: SchemaNode, path: readonly string[] = []): readonly Setting[] {
  return Object.entries(root.properties ?? {}).flatMap(([name, node]) => {
    const at = [...path, name]
    return node.properties === undefined ? [setting(at, node)] : settingsIn(node, at)
  })
}

function setting(path: readonly string[], node: SchemaNode): Setting {
  const words = path
    .flatMap((name) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[ -]/))
    .map((one) => one.toLowerCase())
  return {
    key: path.join('.'),
    path,
    flag: fitsOnALine(node) && !node.sensitive ? `--${words.join('-')}` : null,
    variable: VARIABLE_PREFIX + words.join('_').toUpperCase(),
    node,
  }
}

function fitsOnALine(node: SchemaNode): boolean {
  const types = typesOf(node)
  if (types.has('object')) return false
  return !types.has('array') || variantsOf(node).every((one) => one.items === undefined || fitsOnALine(one.items))
}
