/** Route 53 answers names escaped (`\052` for `*`) and with a trailing dot; ours are neither. */
export function recordName(answered: string): string {
  return answered
    .replace(/\\([0-7]{3})/g, (_whole, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\.$/, '')
    .toLowerCase()
}
