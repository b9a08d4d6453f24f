/** What a Vault PKI mount answered to `sign`. PEM texts end with a newline. */
export type SignedCertificate = {
  /** The leaf. */
  readonly certificate: string
  /** The issuing CA first, up to but without the root where there are intermediates (ACM wants it so). */
  readonly chain: readonly string[]
  readonly issuingCa: string
  /** Lower-case hex pairs with colons, as Vault and ACM print it. */
  readonly serial: string
  readonly warnings: readonly string[]
  readonly requestId: string | null
}

export type SignRequest = {
  /** The name of a Vault in the configuration. */
  readonly vault: string
  readonly mount: string
  readonly role: string
  /** PEM of the certificate signing request. */
  readonly csr: string
  readonly commonName: string
  readonly dnsNames: readonly string[]
  readonly ttlSeconds: number
}

/** Vault as controllers need it. Implemented over node-vault and, for the simulated clock, by a stand-in; both pass one contract suite. Rejects with VaultError. */
export type Vault = { sign(request: SignRequest, signal: AbortSignal): Promise<SignedCertificate> }
