import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const iam = join(import.meta.dirname, '../../deploy/iam')

/** The controllers that deploy/iam has a policy for. */
export const CONTROLLERS = ['certificates', 'loadbalancers', 'dns'] as const

/** A role for each controller, as an installation has them. */
export function controllerRoles(account: string): Readonly<Record<(typeof CONTROLLERS)[number], string>> {
  const [certificates, loadbalancers, dns] = CONTROLLERS.map((name) => `arn:aws:iam::${account}:role/fairlead-${name}`)
  return { certificates: certificates!, loadbalancers: loadbalancers!, dns: dns! }
}

/**
 * The configuration of the AWS stand-in by which each role of `controllerRoles` may do exactly what its policy in deploy/iam says,
 * and with `release` what `fairlead release` needs beside.
 */
export function deployedPolicies(account: string, options: { readonly release?: boolean } = {}) {
  const policy = (name: string): unknown => JSON.parse(readFileSync(join(iam, `${name}.json`), 'utf8'))
  const release = options.release === true ? [policy('release')] : []
  const policies = Object.entries(controllerRoles(account)).map(([name, role]) => [role, [policy(name), ...release]])
  return { policies: Object.fromEntries(policies) as Readonly<Record<string, readonly unknown[]>> }
}
