import { z } from 'zod'

const sees = {
  namespaces: z.array(z.string()).default([]).describe('Namespaces whose status it may read; `*` for all of them.'),
  metrics: z.boolean().default(false).describe('Whether it may read /metrics.'),
}

const oidc = z.strictObject({
  issuer: z
    .url()
    .refine(isPrivate, 'an https URL (http on the loopback only), since the keys that sign tokens are read there')
    .describe('The issuer, as tokens name it in `iss`; its keys are found by OpenID discovery.'),
  audience: z.string().min(1).describe('What a token has to name in `aud`.'),
  jwksUri: z.url().refine(isPrivate, 'an https URL').optional().describe('Where its keys are, without discovery.'),
  caFile: z.string().optional().describe('File with the CA certificates to trust for it.'),
  usernameClaim: z.string().default('sub').describe('Claim with the caller’s name, for the log.'),
  groupsClaim: z.string().default('groups').describe('Claim with the caller’s groups, a list of texts.'),
  groups: z.record(z.string(), z.strictObject(sees)).default({}).describe('What each group may see; others see nothing.'),
})

/** The HTTP server of `fairlead run`, and who may read what there. */
export const http = z
  .strictObject({
    address: z.string().default('').describe('Address to listen on; every one, IPv6 and IPv4, if empty.'),
    port: z.number().int().min(0).max(65_535).default(8080).describe('Port; 0 for any free one, which the log tells.'),
    maxBodyBytes: z.number().int().positive().default(65_536).describe('Larger request bodies are refused.'),
    requestsPerSecond: z
      .number()
      .positive()
      .default(20)
      .describe('Requests of one client address, on average; twice as many at once. Probes are not counted.'),
    refusalsPerSecond: z
      .number()
      .positive()
      .default(1)
      .describe('Refused requests of one client address before it has to wait; ten times as many at once.'),
    tokenReview: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether tokens of the cluster’s API server are accepted.'),
        audiences: z
          .array(z.string().min(1))
          .min(1)
          .default(['fairlead'])
          .describe('What a ServiceAccount token has to be made for, one of these.'),
        cacheSeconds: z
          .number()
          .nonnegative()
          .max(300)
          .default(10)
          .describe('How long an answer of the API server is used again.'),
      })
      .prefault({}),
    tokens: z
      .record(
        z.string(),
        z.strictObject({
          file: z.string().describe('File with the token, at least 16 characters, such as from a mounted Secret.'),
          ...sees,
        }),
      )
      .default({})
      .describe('Fixed tokens by the name of who has them.'),
    oidc: oidc.optional().describe('An OpenID Connect issuer whose tokens are accepted.'),
  })
  .prefault({})

function isPrivate(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
}
