import type { StoredCertificate } from './observed.ts'

/** An import that may have happened stays so until it was looked for, whatever is asked for since. */
export function isBegun(stored: Pick<StoredCertificate, 'state' | 'arn'> | undefined | null): boolean {
  return stored?.state === 'importing' && stored.arn === null
}
