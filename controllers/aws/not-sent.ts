/** Thrown when a request did not get as far as being sent; the `cause` says why. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super('not sent', { cause })
    this.name = 'NotSent'
  }
}
