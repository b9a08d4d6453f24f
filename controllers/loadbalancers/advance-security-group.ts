import type { Shape } from '../shared/change.ts'
import { type Input, listOf, shapeOf, textOf } from './input.ts'
import type { IngressPermission, LoadBalancersObserved } from './observed.ts'
import { permissionKey } from './security-group.ts'

type Step = (observed: LoadBalancersObserved, operation: string, input: Input) => LoadBalancersObserved | null

export const advanceSecurityGroup: Step = (observed, operation, input) => {
  const id = input.text('GroupId')
  const permissions = () => input.shapes('IpPermissions').flatMap(flattened)
  const update = (part: (ingress: readonly IngressPermission[]) => readonly IngressPermission[]): LoadBalancersObserved => ({
    ...observed,
    securityGroups: observed.securityGroups.map((item) =>
      item.GroupId === id ? { ...item, Ingress: part(item.Ingress) } : item,
    ),
  })
  switch (operation) {
    case 'CreateSecurityGroup': {
      const Tags = Object.fromEntries(
        listOf(input.shapes('TagSpecifications')[0]?.Tags).map((tag) => [textOf(shapeOf(tag).Key), textOf(shapeOf(tag).Value)]),
      )
      const made = {
        GroupId: input.answer('GroupId'),
        GroupName: input.text('GroupName'),
        VpcId: input.text('VpcId'),
        Ingress: [],
        Tags,
      }
      return { ...observed, securityGroups: [...observed.securityGroups, made] }
    }
    case 'AuthorizeSecurityGroupIngress':
      return update((ingress) => [...ingress, ...permissions()])
    case 'RevokeSecurityGroupIngress': {
      const gone = new Set(permissions().map(permissionKey))
      return update((ingress) => ingress.filter((item) => !gone.has(permissionKey(item))))
    }
    case 'DeleteSecurityGroup':
      return { ...observed, securityGroups: observed.securityGroups.filter((item) => item.GroupId !== id) }
    default:
      return null
  }
}

function flattened(permission: Shape): readonly IngressPermission[] {
  const ranges = [...listOf(permission.IpRanges), ...listOf(permission.Ipv6Ranges)].map(shapeOf)
  return ranges.map((range) => ({
    IpProtocol: textOf(permission.IpProtocol),
    FromPort: Number(permission.FromPort),
    ToPort: Number(permission.ToPort),
    Cidr: textOf(range.CidrIp ?? range.CidrIpv6),
  }))
}
