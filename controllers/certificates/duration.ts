const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Seconds of a duration such as `72h`, `30d` or `1h30m`; null if it is none or not above zero. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?[smhdw])+$/.test(text)) return null
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)]
  const seconds = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0)
  return seconds > 0 ? seconds : null
}
