import { listOf, shapeOf, textOf } from '../../controllers/loadbalancers/input.ts'
import type { LoadBalancersObserved } from '../../controllers/loadbalancers/observed.ts'
import type { Change, ShapeValue } from '../../controllers/shared/change.ts'

/**
 * What AWS would say to the tags of a change; null: it takes them.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html
 */
export function tagRefusal(observed: LoadBalancersObserved, change: Change): string | null {
  if (change.action === 'delete') return null
  const specifications = listOf(change.after?.TagSpecifications).map((item) => shapeOf(item).Tags)
  const tags = [change.after?.Tags, ...specifications].flatMap(tagsIn)
  const wrong = tags.find(([key, value]) => !isTaken(key, value))
  if (wrong !== undefined) return `the tag ${wrong.join('=')} is not valid`
  const keys = tags.map(([key]) => key)
  if (new Set(keys).size < keys.length) return 'Tag key was specified more than once'
  const arns = listOf(change.after?.ResourceArns).map(textOf)
  const { loadBalancers, listeners, rules, targetGroups } = observed
  const tagged = [
    ...loadBalancers.map((item) => [item.LoadBalancerArn, item.Tags] as const),
    ...listeners.map((item) => [item.ListenerArn, item.Tags] as const),
    ...rules.map((item) => [item.RuleArn, item.Tags] as const),
    ...targetGroups.map((item) => [item.TargetGroupArn, item.Tags] as const),
  ].filter(([arn]) => arns.includes(arn))
  const counts = tagged.map(([, there]) => new Set([...Object.keys(there), ...keys]).size)
  return Math.max(keys.length, ...counts) > 50 ? 'The maximum number of tags has been reached' : null
}

function tagsIn(list: ShapeValue): readonly (readonly [string, string])[] {
  return listOf(list)
    .map(shapeOf)
    .map((tag) => [textOf(tag.Key), textOf(tag.Value)] as const)
}

/** EC2 takes a character less in a key than Elastic Load Balancing. */
function isTaken(key: string, value: string): boolean {
  if (key.toLowerCase().startsWith('aws:') || key.length < 1 || key.length > 127 || value.length > 256) return false
  return [key, value].every((text) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text))
}
