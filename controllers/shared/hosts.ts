import { domainToASCII } from 'node:url'
import { remembered } from './remembered.ts'

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** A host in canonical form: lower case, punycode, no trailing dot. Null if it is not a DNS name (a leading `*.` label is allowed). */
export function canonicalHost(text: string): string | null {
  return canonical(text)
}

const canonical = remembered((text): string | null => {
  const trimmed = text.trim().toLowerCase().replace(/\.$/, '')
  const wildcard = trimmed.startsWith('*.')
  const rest = wildcard ? trimmed.slice(2) : trimmed
  // Read as part of a URL, and more or less than the host would be taken.
  if (/[/?#@:%\\]/.test(rest)) return null
  const ascii = domainToASCII(rest)
  if (ascii === '' || ascii.length > 253) return null
  const labels = ascii.split('.')
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return null
  if (labels.every((label) => /^\d+$/.test(label))) return null
  return wildcard ? `*.${ascii}` : ascii
})

/** Whether a certificate's (or rule's) name covers a host: equal, or a wildcard for exactly one label (RFC 6125 §6.4.3). */
export function covers(name: string, host: string): boolean {
  if (name === host) return true
  if (!name.startsWith('*.') || host.startsWith('*.')) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot + 1) === name.slice(2)
}
