import type { IpPermission, RouteTable, SecurityGroup, Subnet } from '@aws-sdk/client-ec2'
import { tagsFrom } from './from-elbv2.ts'
import type { IngressPermission, ObservedSecurityGroup, ObservedSubnet } from './observed.ts'

// PURE: what EC2 answers, in the one form that planning compares with.

export function securityGroupFrom(answer: SecurityGroup): ObservedSecurityGroup {
  return {
    GroupId: answer.GroupId ?? '',
    GroupName: answer.GroupName ?? '',
    VpcId: answer.VpcId ?? '',
    Ingress: (answer.IpPermissions ?? []).flatMap(permissionsFrom),
    Tags: tagsFrom(answer.Tags),
  }
}

/** All traffic (`-1`) has no ports; EC2 shows other protocols with -1 for all types. */
function permissionsFrom(answer: IpPermission): readonly IngressPermission[] {
  const cidrs = [
    ...(answer.IpRanges ?? []).map((range) => range.CidrIp),
    ...(answer.Ipv6Ranges ?? []).map((range) => range.CidrIpv6),
  ]
  const { IpProtocol = '-1', FromPort = -1, ToPort = -1 } = answer
  return cidrs.flatMap((cidr) => (cidr === undefined ? [] : [{ IpProtocol, FromPort, ToPort, Cidr: cidr }]))
}

/** `tables` null: route tables were not read. */
export function subnetFrom(answer: Subnet, tables: readonly RouteTable[] | null): ObservedSubnet {
  const SubnetId = answer.SubnetId ?? ''
  return {
    SubnetId,
    AvailabilityZone: answer.AvailabilityZone ?? '',
    AvailableIpAddressCount: answer.AvailableIpAddressCount ?? 0,
    Tags: tagsFrom(answer.Tags),
    Public: tables === null ? null : isPublic(SubnetId, tables),
  }
}

/**
 * A subnet without a route table of its own has the VPC's main one:
 * https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
 */
function isPublic(subnetId: string, tables: readonly RouteTable[]): boolean {
  const associated = (test: (item: NonNullable<RouteTable['Associations']>[number]) => boolean) =>
    tables.find((table) => table.Associations?.some(test))
  const table = associated((item) => item.SubnetId === subnetId) ?? associated((item) => item.Main === true)
  return table?.Routes?.some((route) => route.GatewayId?.startsWith('igw-') && route.State !== 'blackhole') ?? false
}
