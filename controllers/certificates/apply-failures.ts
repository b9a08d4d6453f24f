import { awsFailure } from '../aws/errors.ts'
import {
  isAlreadyExists,
  isConflict,
  isDoubtful,
  isForbidden,
  isInvalid,
  isNotFound,
  KubernetesError,
} from '../cluster/errors.ts'
import type { Change } from '../shared/change.ts'
import { ChangeFailed, type FailureKind } from '../shared/failure.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { vaultFailure } from '../vault/errors.ts'
import { VaultError } from '../vault/vault-error.ts'

const CERTIFICATE_KEY = 'fairlead.dev/certificate'
const PROFILE_KEY = 'fairlead.dev/certificate-profile'

/** What the executor is told, whoever it was that failed. */
export function failureOf(error: unknown, item: Change): ChangeFailed {
  if (error instanceof ChangeFailed) return error
  if (error instanceof VaultError) return withFinding(vaultFailure(error, [item.id]), vaultFinding(error, item))
  if (error instanceof KubernetesError) return kubernetesFailure(error, item)
  const failure = awsFailure(error, [item.id])
  return withFinding(failure, acmFinding(failure, item))
}

function withFinding(failure: ChangeFailed, finding: Finding | null): ChangeFailed {
  return finding === null ? failure : failure.with({ finding })
}

function kubernetesFailure(error: KubernetesError, item: Change): ChangeFailed {
  const stale = isConflict(error) || isNotFound(error) || isAlreadyExists(error)
  const kind: FailureKind = stale ? 'stale' : isForbidden(error) ? 'forbidden' : isInvalid(error) ? 'refused' : 'transient'
  const { code, message, retryAfterSeconds } = error
  return new ChangeFailed({
    code,
    kind,
    message,
    changes: [item.id],
    doubtful: isDoubtful(error),
    cause: error,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
}

/** What a user can do about a refusal of Vault, in Vault's own words. */
function vaultFinding(error: VaultError, item: Change): Finding | null {
  const said = error.vaultMessage ?? error.message
  const { Mount, Role, SubjectAlternativeNames } = item.after ?? {}
  const hosts = Array.isArray(SubjectAlternativeNames) ? SubjectAlternativeNames.map(String).join(', ') : ''
  const role = `role ${String(Role)} of mount ${String(Mount)}`
  if (error.code === 'role-refused') {
    const expected = `hosts that Vault's ${role} allows, or ${PROFILE_KEY} with a profile whose role allows them`
    const message = `Annotation ${CERTIFICATE_KEY}: vault asks for ${hosts}, and Vault's ${role} refuses: ${said}; expected ${expected}`
    return finding('VaultRefusedHost', CERTIFICATE_KEY, hosts, expected, message, item)
  }
  if (error.code !== 'unknown-role' && error.code !== 'unknown-mount') return null
  const expected = `a profile whose role exists in Vault ${error.vault}`
  const message = `Annotation ${PROFILE_KEY} (or the default profile) leads to Vault's ${role}, which does not exist: ${said}; expected ${expected}`
  return finding('VaultRoleNotFound', PROFILE_KEY, String(Role), expected, message, item)
}

function acmFinding(failure: ChangeFailed, item: Change): Finding | null {
  const hosts = String(item.after?.DomainName ?? item.target)
  if (failure.kind === 'quota') {
    const expected = 'room in the ACM quota of imported certificates, which AWS can raise'
    return finding(
      'AcmQuotaExceeded',
      CERTIFICATE_KEY,
      hosts,
      expected,
      `ACM takes no more certificates: ${failure.message}`,
      item,
    )
  }
  if (failure.kind !== 'refused') return null
  const expected = 'a Vault profile whose certificates ACM takes'
  return finding('AcmRefused', PROFILE_KEY, hosts, expected, `ACM refuses the certificate for ${hosts}: ${failure.message}`, item)
}

function finding(code: string, key: string, read: string, expected: string, message: string, item: Change): Finding {
  return { code, severity: 'blocking', object: item.object, field: annotationField(key), read, expected, message }
}
