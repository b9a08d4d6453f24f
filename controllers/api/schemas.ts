import { z } from '@hono/zod-openapi'
import { PHASES } from '../shared/phase.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** The answers: what writes them, and what describes them in /openapi.json, is the same. */

const time = z.iso.datetime()
const nullable = <T extends z.ZodType>(schema: T) => schema.nullable()

export const problemSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]).describe('Stable; see docs/guides/http.md.'),
      message: z.string().describe('For a person.'),
    }),
  })
  .openapi('Problem')

/** Said on every answer: who answers, and how much that one can know. */
const replica = {
  role: z
    .enum(['leader', 'standby', 'observer'])
    .describe(
      '`leader`: this replica plans. `standby`: another one does, and this one tells what is written on the objects. `observer`: the policy is `observe`.',
    ),
  leader: z.string().describe('The replica that holds the Lease; empty if nobody does, or the policy is `observe`.'),
  policy: z.enum(['observe', 'upsert-only', 'sync']),
  frozen: nullable(z.string()).describe('Why all writes are stopped; null if they are not.'),
}

const phase = z
  .enum([...PHASES, 'Unseen'])
  .describe('Where it stands in one word; `Unseen`: Fairlead has not said anything about it yet.')

const summary = {
  kind: z.literal('Ingress'),
  namespace: z.string(),
  name: z.string(),
  phase,
  ready: z.boolean().describe('The whole chain is in place for the object as it is now.'),
  leaving: z.boolean().describe('It is being taken down.'),
  stale: z.boolean().describe('What is told is about an earlier generation of the object.'),
  paused: nullable(z.enum(['Ingress', 'Namespace'])).describe('What carries the annotation that pauses it.'),
  hosts: z.array(z.string()),
  address: nullable(z.string()).describe('Of the load balancer, as the status of the object has it.'),
  source: z
    .enum(['plan', 'annotation', 'none'])
    .describe('Where this is known from: the last plan, the annotation `fairlead.dev/status`, or nothing.'),
}

const counts = z.strictObject({ blocking: z.int(), warning: z.int(), info: z.int() })

export const listSchema = z
  .strictObject({
    ...replica,
    items: z.array(
      z
        .strictObject({
          ...summary,
          detail: z.string().describe('What is next; empty when nothing is.'),
          findings: counts.describe('How many of each severity.'),
          errors: z.int().describe('Changes that failed and are to be tried again.'),
        })
        .openapi('Summary'),
    ),
    next: nullable(z.string()).describe('For `after`, to get what follows; null at the end.'),
  })
  .openapi('StatusList')

const wait = z.strictObject({
  kind: z.string(),
  of: nullable(z.string()).describe('What is waited for; null where only the annotation is known.'),
  since: nullable(time),
  until: nullable(time).describe('The longest it was expected to take when it was last looked at.'),
})

const step = z.strictObject({
  controller: z.string(),
  state: z.enum(['done', 'pending', 'waiting', 'blocked']),
  detail: z.string().describe('The reason of the first thing outstanding; empty when done.'),
  waits: z.array(wait),
})

const finding = z.strictObject({
  code: z.string().describe('See docs/findings.md.'),
  severity: z.enum(['blocking', 'warning', 'info']),
  message: z.string(),
  field: nullable(z.string()),
  read: nullable(z.string()),
  expected: nullable(z.string()),
})

const failure = z.strictObject({
  controller: z.string(),
  change: z.string().describe('What was to be done: the id of the change in the plan.'),
  code: z.string(),
  kind: z.enum(['transient', 'refused', 'forbidden', 'quota', 'stale']),
  message: z.string().describe('In the words of the service, without account ids and roles.'),
  attempts: z.int().describe('How often in a row.'),
  since: nullable(time),
  nextAttempt: nullable(time),
})

export const objectSchema = z
  .strictObject({
    ...replica,
    ...summary,
    uid: z.string(),
    generation: z.int(),
    unit: z.string().describe('What is planned together with it: a load balancer group, or itself.'),
    plannedAt: nullable(time).describe('When the plan was made that this is about.'),
    chain: z.array(step).describe('Every controller in the order in which an object passes them.'),
    findings: z.array(finding),
    errors: z.array(failure).describe('Of its changes, those that failed last; known to the leader.'),
    held: z.array(z.string()).describe('Why changes may not be made now.'),
    unread: z.array(z.string()).describe('Controllers that cannot read what they need.'),
    troubles: z.array(z.string()).describe('All of that in short, as the annotation has it.'),
  })
  .openapi('Status')

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
const AFTER = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

export const listQuery = z.strictObject({
  namespace: z.string().regex(LABEL).optional().describe('Only objects of this namespace.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many at most.'),
  after: z.string().regex(AFTER).optional().describe('`next` of the answer before.'),
})

export const objectParams = z.strictObject({
  namespace: z.string().regex(LABEL),
  kind: z.enum(['Ingress']),
  name: z.string().regex(NAME),
})

export type StatusList = z.input<typeof listSchema>
export type Status = z.input<typeof objectSchema>
