import { z } from 'zod'
import { STATUS_ANNOTATION } from './annotations.ts'
import type { KubeObject } from './objects.ts'

const told = z.object({
  /** `metadata.generation` that it is about. */
  generation: z.number(),
  phase: z.string(),
  steps: z.record(z.string(), z.string()),
  detail: z.string().optional(),
  waitingFor: z.array(z.string()).optional(),
  findings: z.array(z.object({ code: z.string(), severity: z.string(), message: z.string() })).optional(),
  troubles: z.array(z.string()).optional(),
})

/** What the annotation `fairlead.dev/status` tells of an object. */
export type Told = z.output<typeof told>

/** What Fairlead last said of an object; null if it said nothing, or somebody else wrote there what cannot be read. */
export function toldOf(object: KubeObject): Told | null {
  const text = object.metadata.annotations?.[STATUS_ANNOTATION]
  if (text === undefined) return null
  try {
    return told.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
