import type { Change } from './change.ts'

/**
 * Whether a change takes something away from somebody: also one that begins it (the mark that a load balancer is to go) and one
 * that takes targets out of service, though for AWS both only update something.
 */
export function isRemoval(item: Change): boolean {
  return item.action === 'delete' || item.action === 'replace' || item.id.endsWith(':retire') || isDeregistration(item)
}

/** Takes targets out of service because pods or nodes are gone. */
export function isDeregistration(item: Change): boolean {
  return item.calls.includes('DeregisterTargets')
}
