import { nearest } from '../shared/annotations.ts'
import { type Setting, VARIABLE_PREFIX } from './setting.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that are no settings: the two files, and what the tools of the repository read. */
export const FILE_VARIABLES = { config: 'FAIRLEAD_CONFIG', kubeconfig: 'FAIRLEAD_KUBECONFIG' } as const
export const TOOL_VARIABLES: readonly string[] = ['FAIRLEAD_CACHE', 'FAIRLEAD_LONG', 'FAIRLEAD_REPORTS', 'FAIRLEAD_SUITE']

/** A line for every variable that begins like ours and is none. */
export function unknownVariables(environment: Environment, settings: readonly Setting[]): readonly string[] {
  const known = [...Object.values(FILE_VARIABLES), ...settings.map((one) => one.variable)]
  const ignored = new Set([...known, ...TOOL_VARIABLES])
  return Object.keys(environment)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && environment[name] !== undefined)
    .filter((name) => !ignored.has(name) && !isServiceLink(environment, name))
    .map((name) => {
      const near = nearest(name, known)
      return `${name} is not a variable that Fairlead reads; ${near === null ? 'fairlead config --help lists them' : `did you mean ${near}?`}`
    })
}

/**
 * The kubelet sets variables for every Service of a pod's namespace: one named `fairlead-http` gives FAIRLEAD_HTTP_PORT=tcp://….
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function isServiceLink(environment: Environment, name: string): boolean {
  const match = /^(.+?)_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/.exec(name)
  const service = match?.[1]
  if (service === undefined || environment[`${service}_SERVICE_HOST`] === undefined) return false
  return match?.[2] !== 'PORT' || /^(tcp|udp|sctp):\/\//.test(environment[name] ?? '')
}
