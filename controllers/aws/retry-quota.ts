/** A few hiccups at once are repeated at once; a service that is down is not asked three times for each question. */
const REPEATS = 10

/**
 * How many repeats a service may cost before it answers again, as the SDK's own retry quota, which is off since the tries are ours.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export class RetryQuota {
  readonly #spent = new Map<string, number>()

  /** Takes a repeat; false if none is left: the call fails, and whoever made it comes back later. */
  take(service: string): boolean {
    const spent = this.#spent.get(service) ?? 0
    if (spent >= REPEATS) return false
    this.#spent.set(service, spent + 1)
    return true
  }

  /** The service answered: a repeat is given back. */
  answered(service: string): void {
    const spent = this.#spent.get(service) ?? 0
    if (spent > 1) this.#spent.set(service, spent - 1)
    else this.#spent.delete(service)
  }
}
