import { AsyncLocalStorage } from 'node:async_hooks'
import type { Change, ObjectRef } from '../shared/change.ts'
import { heldByPause } from '../shared/pause.ts'

/** A write was not sent, since somebody has stopped writes: no failure of anything. */
export class WritesStopped extends Error {
  readonly code = 'WRITES_STOPPED'
  constructor(why: string) {
    super(`not written: ${why}`)
    this.name = 'WritesStopped'
  }
}

/**
 * Asked directly before each write to AWS, Vault and Kubernetes is sent, so that a freeze or a pause holds between two calls of a
 * running pass too, and for calls that waited for their turn. Status and Events do not go through it.
 */
export class Gate {
  readonly #doing = new AsyncLocalStorage<readonly Change[]>()
  #frozen: string | null = null
  #refused: string | null = null
  #isPaused: (object: ObjectRef) => boolean = () => false

  /** Null opens it again. */
  freeze(reason: string | null): void {
    this.#frozen = reason
  }

  get frozen(): string | null {
    return this.#frozen
  }

  /** Another owner lives: nothing may be written while it does. Null ends it. */
  refuse(reason: string | null): void {
    this.#refused = reason
  }

  get refused(): boolean {
    return this.#refused !== null
  }

  /** Why nothing at all may be written; null if something may. */
  get closed(): string | null {
    return this.#frozen === null ? this.#refused : `all writes are frozen: ${this.#frozen}`
  }

  pausedWhen(isPaused: (object: ObjectRef) => boolean): void {
    this.#isPaused = isPaused
  }

  /** Runs what makes these changes: writes in it are stopped when one of them is for who is paused. */
  making<T>(changes: readonly Change[], run: () => Promise<T>): Promise<T> {
    return this.#doing.run(changes, run)
  }

  /** The check of `assertOpen` for what is being made here, to be asked from anywhere. */
  checkLater(): () => void {
    const changes = this.#doing.getStore() ?? []
    return () => this.#doing.run(changes, () => this.assertOpen())
  }

  assertOpen(): void {
    if (this.closed !== null) throw new WritesStopped(this.closed)
    const changes = this.#doing.getStore() ?? []
    const [paused] = changes.flatMap((item) => heldByPause(item, this.#isPaused) ?? [])
    if (paused === undefined) return
    const { kind, namespace, name } = paused
    throw new WritesStopped(`${kind} ${namespace}/${name} is paused`)
  }
}

/** Whether an error, or what caused it, is that writes were stopped. */
export function isStopped(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++)
    if (at instanceof WritesStopped) return true
  return false
}
