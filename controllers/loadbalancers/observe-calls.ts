import type { Aws, Where } from '../aws/aws.ts'
import type { Ec2 } from '../aws/ec2.ts'
import type { Elbv2 } from '../aws/elbv2.ts'
import { isNotFound } from '../aws/errors.ts'
import type { CallOptions } from '../aws/operation.ts'

/** One account and region's services, and on whose behalf they are asked. */
export type Calls = { readonly elbv2: Elbv2; readonly ec2: Ec2; readonly options: CallOptions }

export function callsFor(aws: Aws, where: Where, options: CallOptions): Calls {
  return { elbv2: aws.elbv2(where), ec2: aws.ec2(where), options }
}

/** All pages of a list; `page` is called with what the page before left, undefined at first. */
export async function allPages<Answer, Item>(
  page: (marker: string | undefined) => Promise<Answer>,
  items: (answer: Answer) => readonly Item[] | undefined,
  next: (answer: Answer) => string | undefined,
): Promise<readonly Item[]> {
  const found: Item[] = []
  for (let marker: string | undefined; ; ) {
    const answer = await page(marker)
    found.push(...(items(answer) ?? []))
    marker = next(answer) || undefined
    if (marker === undefined) return found
  }
}

export function inChunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: T[][] = []
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size))
  return chunks
}

/** DescribeLoadBalancers and DescribeTags take 20 ARNs: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html */
export const ARNS_PER_CALL = 20

/** What is there of `keys`. One that is gone fails a whole call, so that call is asked again in halves. */
export async function whatExists<T>(
  keys: readonly string[],
  describe: (keys: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const chunks = await Promise.all(inChunks(keys, ARNS_PER_CALL).map((chunk) => halving(chunk, describe)))
  return chunks.flat()
}

async function halving<T>(
  keys: readonly string[],
  describe: (keys: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await describe(keys)
  } catch (error) {
    if (!isNotFound(error)) throw error
    if (keys.length === 1) return []
    const middle = Math.ceil(keys.length / 2)
    const halves = [keys.slice(0, middle), keys.slice(middle)]
    return (await Promise.all(halves.map((half) => halving(half, describe)))).flat()
  }
}
