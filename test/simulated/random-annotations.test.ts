import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EVENTS, INGRESSES, NAMESPACES, SERVICES } from '../../controllers/cluster/kubernetes.ts'
import type { AwsCall, StartedAws } from '../support/aws.ts'
import { BACKEND_KEYS, type RandomObject, randomFrom, randomObject } from '../support/random-annotations.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { sizeOf } from '../support/sizes.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const OBJECTS = sizeOf({ quick: 40, bounded: 100, long: 10_000 })
const GOOD = 5
/** Always the same but in the exhaustive run, which looks for new ones. */
const SEED = process.env.FAIRLEAD_LONG === '1' ? Date.now() % 2 ** 31 : 20_261_127
const CONFIG = { defaults: { targetType: 'ip' } }

type Given = {
  readonly namespace: string
  readonly name: string
  readonly wrong: readonly string[]
  readonly marks: readonly string[]
}

describe(`random annotations, seed ${SEED} (simulated clock)`, () => {
  it('crash nothing, reach AWS only where they are right, and hold up nobody else', { timeout: 3_600_000 }, async () => {
    const uncaught: unknown[] = []
    const note = (problem: unknown) => uncaught.push(problem)
    for (const kind of ['unhandledRejection', 'uncaughtException'] as const) process.on(kind, note)
    try {
      await using stage = await simulatedStage({ aws, config: CONFIG })
      givenIngressClass(stage.kubernetes)
      for (let index = 0; index < GOOD; index++) {
        givenService(stage.kubernetes, 'good', `good-${index}`)
        const paths = { '/': `good-${index}` }
        givenIngress(stage.kubernetes, { namespace: 'good', name: `good-${index}`, host: `good-${index}.example.com`, paths })
      }
      const random = randomFrom(SEED)
      const objects = Array.from({ length: OBJECTS }, (_, index) => given(stage, index, random))
      const life = stage.start()
      await stage.clock.runUntil(
        () => Array.from({ length: GOOD }, (_, index) => isServed(stage.kubernetes, 'good', `good-${index}`)).every(Boolean),
        { deadlineMs: 240 * MINUTE },
      )
      await settled(stage)
      await life.stop()
      expect(life.log.filter((line) => /FATAL|PLANNER_NEVER_RESTS|"code":"Unexpected"|TypeError|RangeError/.test(line))).toEqual(
        [],
      )
      const calls = await aws.calls()
      const refused = calls.filter((call) => !isRead(call) && isAboutValues(call))
      expect(refused.map(({ operation, errorCode, params }) => `${operation} ${errorCode} ${JSON.stringify(params)}`)).toEqual([])
      const sent = JSON.stringify(calls.map((call) => call.params))
      const marks = objects.flatMap((object) => object.marks)
      expect(marks.filter((mark) => sent.includes(mark))).toEqual([])
      for (const object of objects) expect(untold(stage, object), `${object.namespace}/${object.name}`).toEqual([])
      const served = objects.filter(({ namespace, name }) => isServed(stage.kubernetes, namespace, name)).length
      process.stdout.write(
        `${OBJECTS} objects, seed ${SEED}: ${objects.filter((object) => object.wrong.length > 0).length} with wrong values, ${served} served; ${calls.length} calls, ${calls.filter((call) => !isRead(call)).length} writes\n`,
      )
      expect(served).toBeGreaterThan(0)
      expect(uncaught).toEqual([])
    } finally {
      for (const kind of ['unhandledRejection', 'uncaughtException'] as const) process.off(kind, note)
    }
  })
})

/** An Ingress with its Service, both with random annotations; every tenth in a Namespace of its own that has some, too. */
function given({ kubernetes }: SimulatedStage, index: number, random: () => number): Given {
  const name = `web-${index}`
  const namespace = index % 10 === 0 ? `random-${index}` : 'random'
  if (index % 10 === 0)
    kubernetes.apply(NAMESPACES, { metadata: { name: namespace, annotations: randomObject(random, 'Namespace').annotations } })
  const own = randomObject(random, 'Ingress')
  const none: RandomObject = { annotations: {}, wrong: [], marks: [] }
  const behind = random() < 0.4 ? randomObject(random, 'Service') : none
  givenService(kubernetes, namespace, name, 1)
  kubernetes.patch(SERVICES, { namespace, name }, { metadata: { annotations: behind.annotations } })
  // No two of one group, but by chance: what one of them states binds the others.
  givenIngress(kubernetes, { namespace, name, host: `${name}.example.com`, paths: { '/': name } })
  kubernetes.patch(INGRESSES, { namespace, name }, { metadata: { annotations: own.annotations } })
  const counts = own.wrong.filter((key) => !BACKEND_KEYS.includes(key) || behind.annotations[key] === undefined)
  return { namespace, name, wrong: [...new Set([...counts, ...behind.wrong])], marks: [...own.marks, ...behind.marks] }
}

/** Two sweeps in which nothing is written any more. */
async function settled(stage: SimulatedStage): Promise<void> {
  for (let round = 0; round < 40; round++) {
    const calls = await aws.callsDuring(() => stage.clock.advance(21 * MINUTE))
    if (calls.every((call) => isRead(call) || call.status >= 400)) return
  }
  throw new Error('it does not come to rest')
}

const isRead = ({ operation }: AwsCall) => /^(Describe|Get|List|Assume)/.test(operation)

/** AWS did not take a value: what it names may be missing or full without that. */
function isAboutValues({ errorCode }: AwsCall): boolean {
  return /Validation|Invalid(Parameter|Configuration|ChangeBatch|Input|Arg|Tag|Domain|Scheme|GroupId|Permission)|Malformed|MissingParameter|TooManyTags|DuplicateTag|SSLPolicyNotFound|Incompatible|Unsupported/.test(
    errorCode ?? '',
  )
}

/** Wrong values that neither the status nor an Event names. A Service's is read only once the Ingress itself is right. */
function untold({ kubernetes }: SimulatedStage, { namespace, name, wrong }: Given): readonly string[] {
  const ingress = kubernetes.get(INGRESSES, { namespace, name })
  type Told = { readonly regarding?: { readonly name?: string; readonly namespace?: string }; readonly note?: string }
  const events = (kubernetes.list(EVENTS) as readonly Told[]).filter(
    ({ regarding }) => regarding?.name === name && regarding.namespace === namespace,
  )
  const told = `${ingress?.metadata.annotations?.['fairlead.dev/status']}\n${events.map((event) => event.note).join('\n')}`
  const own = wrong.filter((key) => !BACKEND_KEYS.includes(key))
  const held = own.length > 0 || /"severity":"blocking"/.test(told)
  return (held ? own : wrong).filter((key) => !told.includes(key))
}
