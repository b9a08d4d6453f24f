/** An Ingress that was asked for is not there. A list that is empty is no error of the API server's. */
export class NoSuchIngress extends Error {
  constructor(namespace: string, name: string) {
    super(`there is no Ingress ${namespace}/${name}`)
    this.name = 'NoSuchIngress'
  }
}
