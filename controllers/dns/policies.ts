import type { ObjectRef, Shape } from '../shared/change.ts'
import { canonicalJson } from '../shared/names.ts'
import type { RecordSet } from './observed.ts'
import type { OwnedRecord } from './owned.ts'
import { resourceOf } from './registry.ts'
import { recordShape } from './shapes.ts'

export type Input = {
  readonly host: string
  readonly object: ObjectRef
  readonly existing: OwnedRecord | null
  readonly after: Shape
  /** The registry entry that is wanted. */
  readonly registry: RecordSet
}
type Policy = (input: Input) => string | null

/** Why a record that differs from what is wanted does: asked in this order, the first that says so is the reason. */
const POLICIES: readonly Policy[] = [noRecord, recordGone, targetDiffers, objectDiffers, registryOlder]

export function recordReason(input: Input): string {
  for (const policy of POLICIES) {
    const reason = policy(input)
    if (reason !== null) return reason
  }
  return `RegistryDiffers: the ownership record of ${input.host} differs`
}

function noRecord({ host, existing }: Input): string | null {
  return existing === null ? `NoRecord: ${host} has no record yet` : null
}

function recordGone({ host, existing }: Input): string | null {
  return existing?.record === null ? `RecordGone: the record of ${host} is gone, its ownership record is there` : null
}

function targetDiffers({ host, existing, after }: Input): string | null {
  if (existing === null) return null
  const target = recordShape('', host, existing.type, existing.record, []).AliasTarget ?? null
  if (canonicalJson(target) === canonicalJson(after.AliasTarget)) return null
  return `TargetDiffers: ${host} points elsewhere than at the load balancer that serves it`
}

function objectDiffers({ host, object, existing }: Input): string | null {
  if (existing === null || existing.resource === resourceOf(object)) return null
  return `ObjectDiffers: ${host} is served for another object now`
}

function registryOlder({ host, existing, registry }: Input): string | null {
  const current = existing?.registry.length === 1 && existing.registry[0]?.name === registry.name
  return current ? null : `RegistryOlder: the ownership record of ${host} is of an older format`
}
