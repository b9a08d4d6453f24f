/** The HTTP server cannot begin: its address, its port or a file that the configuration names. */
export class CannotServe extends Error {
  readonly code = 'HTTP_CANNOT_SERVE'
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.name = 'CannotServe'
  }
}
