import type { Priority } from './priority.ts'

/** Who waits for the answer, and how much. */
export type CallOptions = {
  readonly signal: AbortSignal
  /** Default `change`. */
  readonly priority?: Priority
  /** Among calls of one priority that wait for one bucket, the smallest goes first: e.g. the time a certificate expires at. */
  readonly urgency?: number
}

export type Operation<Input, Output> = (input: Input, options: CallOptions) => Promise<Output>

type AnyCommand = new (
  input: never,
) => {
  readonly input: object
  resolveMiddleware(...given: never[]): (...given: never[]) => Promise<{ readonly output: object }>
}

/**
 * How an operation may be repeated when its answer was lost.
 * `read`: freely. `again`: a write whose repetition leaves the same end state. `once`: a write that could happen twice
 * or whose repetition answers as if a stranger had made it; it is reported as doubtful, and a new look decides.
 */
export type Repeat = 'read' | 'again' | 'once'

export type OperationSpec<C extends AnyCommand = AnyCommand> = { readonly command: C; readonly repeat: Repeat }

export const read = <C extends AnyCommand>(command: C) => ({ command, repeat: 'read' as const })
export const again = <C extends AnyCommand>(command: C) => ({ command, repeat: 'again' as const })
export const once = <C extends AnyCommand>(command: C) => ({ command, repeat: 'once' as const })

export type InputOf<C extends AnyCommand> = InstanceType<C>['input']
export type OutputOf<C extends AnyCommand> = Omit<
  Awaited<ReturnType<ReturnType<InstanceType<C>['resolveMiddleware']>>>['output'],
  '$metadata'
>

/** A service as a plain object of operations, from the table of the commands it consists of. */
export type ServiceOf<Table extends Readonly<Record<string, OperationSpec>>> = {
  readonly [Name in keyof Table]: Operation<InputOf<Table[Name]['command']>, OutputOf<Table[Name]['command']>>
}
