/** The API's MicroTime, `2026-01-02T03:04:05.006000Z`: RFC 3339 with six digits, which Leases and Events insist on. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
