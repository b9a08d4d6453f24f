import { ACMClient } from '@aws-sdk/client-acm'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import { Route53Client } from '@aws-sdk/client-route-53'
import { STSClient } from '@aws-sdk/client-sts'
import type { ServiceName } from './aws.ts'
import { NotSent } from './not-sent.ts'

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
export type CredentialsProvider = () => Promise<Credentials & { readonly expiration?: Date }>

/** What all SDK clients have in common; their own generics would only be in the way here. */
export type SdkClient = {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<SdkAnswer>
  destroy(): void
}
export type SdkAnswer = { readonly $metadata: SdkMetadata }
export type SdkMetadata = { readonly httpStatusCode?: number | undefined; readonly requestId?: string | undefined }

const clients = {
  elbv2: ElasticLoadBalancingV2Client,
  ec2: EC2Client,
  acm: ACMClient,
  route53: Route53Client,
  sts: STSClient,
  tagging: ResourceGroupsTaggingAPIClient,
}

export function sdkClient(
  service: ServiceName,
  config: {
    readonly region: string
    readonly endpoint: string | undefined
    /** For the whole of one request. */
    readonly requestTimeoutMs: number
    /** Undefined: the SDK's default chain. */
    readonly credentials: Credentials | CredentialsProvider | undefined
  },
): SdkClient {
  const { region, endpoint, credentials, requestTimeoutMs } = config
  return new clients[service]({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    customUserAgent: [['fairlead']],
    // Ours, behind the limiter and on our clock.
    maxAttempts: 1,
    // Without the last one a request that takes too long is only logged.
    requestHandler: { connectionTimeout: 1000, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  }) as unknown as SdkClient
}

type Handler = (args: object) => Promise<object>
type Stacked = { readonly middlewareStack: { add(middleware: (next: Handler) => Handler, options: object): void } }

/** Sends one command once. `fence` runs when the request is signed and would go out next; it throws to stop it. */
export function sendCommand(
  client: SdkClient,
  command: object,
  signal: AbortSignal,
  fence: (() => void) | undefined,
): Promise<SdkAnswer> {
  if (fence !== undefined) {
    const middleware = (next: Handler) => async (args: object) => {
      try {
        fence()
      } catch (error) {
        throw new NotSent(error)
      }
      return next(args)
    }
    const stack = (command as Stacked).middlewareStack
    stack.add(middleware, { step: 'deserialize', priority: 'low', name: 'fence' })
  }
  return client.send(command, { abortSignal: signal })
}
