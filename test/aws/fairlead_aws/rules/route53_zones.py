"""Hosted zones: made, found, listed, deleted."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.route53.models import DelegationSet, route53_backends

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .route53_changes import new_id, submit
from .route53_names import LIST, canonical, check_name, order, shown
from .route53_zone import Record, Zone

API = "https://docs.aws.amazon.com/Route53/latest/APIReference"


def zones(account: str) -> dict[str, Zone]:
    return route53_backends[account]["aws"].zones  # type: ignore[return-value]


def find_id(account: str, zone_id: str) -> Zone:
    zone = zones(account).get(zone_id)
    if zone is None:
        raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)
    return zone


def find(call: Call, field: str = "HostedZoneId") -> Zone:
    return find_id(call.account, call.params[field].removeprefix("/hostedzone/"))


def new_zone(
    account: str, name: str, private: bool, vpc: str | None, region: str,
    reference: str | None = None, comment: str | None = None,
) -> Zone:  # fmt: skip
    """Makes a zone with its SOA and NS, which the name servers answer at once."""
    name = canonical(name)
    delegation = DelegationSet(reference or "", None, "x")
    delegation.id = ""
    zone = Zone(
        name, new_id("Z"), private, reference or new_id("seed-"), comment=comment, delegation_set=delegation
    )
    if private:
        zone.add_vpc(vpc, region)
    servers = delegation.name_servers
    soa = f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    records: tuple[Record, ...] = (
        {"Name": name, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": f"{s}."} for s in servers]},
        {"Name": name, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": soa}]},
    )
    zone.apply({(name, r["Type"], ""): r for r in records}, 0.0)
    zone.answers(0.0)
    zones(account)[zone.resource_id] = zone
    return zone


@rule("R53-MAX-ITEMS", doc=LIST, says="MaxItems is a number of 1 or more; more than the maximum gives the maximum.")
def max_items(params: dict[str, Any], largest: int) -> int:
    text = str(params.get("MaxItems") or largest)
    if not text.isdigit() or int(text) < 1:
        raise AwsError("InvalidInput", f"Value '{text}' at 'maxItems' is not a positive number")
    return min(int(text), largest)


def shown_zone(zone: Zone) -> dict[str, Any]:
    config: dict[str, Any] = {"PrivateZone": zone.private_zone}
    if zone.comment:
        config["Comment"] = zone.comment
    return {
        "Id": zone.id,
        "Name": shown(zone.name),
        "CallerReference": zone.caller_reference,
        "Config": config,
        "ResourceRecordSetCount": len(zone.records),
    }


@rule("R53-ZONE-REFERENCE", doc=f"{API}/API_CreateHostedZone.html", says="A CallerReference makes one zone, ever.")
@rule("R53-PRIVATE-ZONE-VPC", doc=f"{API}/API_CreateHostedZone.html", says="A private zone has a VPC that exists; one zone of a name per VPC.")
def check_new_zone(call: Call, name: str, private: bool) -> None:
    params = call.params
    for zone in zones(call.account).values():
        if zone.caller_reference == params["CallerReference"]:
            message = f"A hosted zone has already been created with the specified caller reference: {zone.caller_reference}"
            raise AwsError("HostedZoneAlreadyExists", message, 409)
    if not private:
        return
    vpc = params.get("VPC") or {}
    if not vpc.get("VPCId") or not vpc.get("VPCRegion"):
        raise AwsError("InvalidInput", "When you're creating a private hosted zone you must specify a VPC.")
    if vpc["VPCId"] not in ec2_backends[call.account][vpc["VPCRegion"]].vpcs:
        raise AwsError("InvalidVPCId", f"The VPC: {vpc['VPCId']} that you provided is not authorized or does not exist.")
    for zone in zones(call.account).values():
        if zone.name == name and any(v["vpc_id"] == vpc["VPCId"] for v in zone.vpcs):
            message = f"The VPC {vpc['VPCId']} is already associated with a hosted zone with the same name."
            raise AwsError("ConflictingDomainExists", message)


def create_zone(context: Context, call: Call) -> Any:
    params = call.params
    check_name(params["Name"], "InvalidDomainName")
    name = canonical(params["Name"])
    settings = params.get("HostedZoneConfig") or {}
    vpc = params.get("VPC") or {}
    private = bool(settings.get("PrivateZone") or vpc)
    check_new_zone(call, name, private)
    zone = new_zone(
        call.account, name, private, vpc.get("VPCId"), vpc.get("VPCRegion", ""),
        params["CallerReference"], settings.get("Comment"),
    )  # fmt: skip
    info, _ = submit(context)
    answer = {
        "HostedZone": shown_zone(zone),
        "ChangeInfo": info,
        "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone.resource_id}",
    }
    if private:
        answer["VPC"] = vpc
    else:
        answer["DelegationSet"] = {"NameServers": zone.delegation_set.name_servers}
    return answer


@rule("R53-ZONE-NOT-EMPTY", doc=f"{API}/API_DeleteHostedZone.html", says="A zone with more than its SOA and NS cannot be deleted.")
def delete_zone(context: Context, call: Call) -> Any:
    zone = find(call, "Id")
    if any(key[0] != zone.name or key[1] not in ("SOA", "NS") for key in zone.records):
        raise AwsError(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.",
        )
    del zones(call.account)[zone.resource_id]
    return {"ChangeInfo": submit(context)[0]}


def get_zone(call: Call) -> Any:
    zone = find(call, "Id")
    if zone.private_zone:
        vpcs = [{"VPCId": v["vpc_id"], "VPCRegion": v["vpc_region"]} for v in zone.vpcs]
        return {"HostedZone": shown_zone(zone), "VPCs": vpcs}
    return {
        "HostedZone": shown_zone(zone),
        "DelegationSet": {"NameServers": zone.delegation_set.name_servers},
    }


@rule("R53-LIST-ZONES", doc=f"{API}/API_ListHostedZones.html", says="A hundred zones a page at most, by Marker, the next zone's id.")
def list_zones(call: Call) -> Any:
    found = list(zones(call.account).values())
    marker = call.params.get("Marker")
    start = 0
    if marker:
        ids = [z.resource_id for z in found]
        if marker not in ids:
            raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {marker}", 404)
        start = ids.index(marker)
    count = max_items(call.params, 100)
    answer: dict[str, Any] = {
        "HostedZones": [shown_zone(z) for z in found[start : start + count]],
        "Marker": marker or "",
        "IsTruncated": len(found) > start + count,
        "MaxItems": str(count),
    }
    if answer["IsTruncated"]:
        answer["NextMarker"] = found[start + count].resource_id
    return answer


@rule("R53-ZONES-BY-NAME", doc=f"{API}/API_ListHostedZonesByName.html", says="Zones by reversed name, from DNSName on.")
def list_zones_by_name(call: Call) -> Any:
    found = sorted(zones(call.account).values(), key=lambda z: (order(z.name), z.resource_id))
    name, after_id = call.params.get("DNSName"), call.params.get("HostedZoneId") or ""
    answer: dict[str, Any] = {}
    if name:
        check_name(name)
        start = (order(canonical(name)), after_id.removeprefix("/hostedzone/"))
        found = [z for z in found if (order(z.name), z.resource_id) >= start]
        answer["DNSName"] = name
    count = max_items(call.params, 100)
    answer |= {
        "HostedZones": [shown_zone(z) for z in found[:count]],
        "IsTruncated": len(found) > count,
        "MaxItems": str(count),
    }
    if len(found) > count:
        answer["NextDNSName"] = shown(found[count].name)
        answer["NextHostedZoneId"] = found[count].resource_id
    return answer


def install(context: Context) -> None:
    context.replace("route53", "CreateHostedZone")(lambda call: create_zone(context, call))
    context.replace("route53", "DeleteHostedZone")(lambda call: delete_zone(context, call))
    context.replace("route53", "GetHostedZone")(get_zone)
    context.replace("route53", "ListHostedZones")(list_zones)
    context.replace("route53", "ListHostedZonesByName")(list_zones_by_name)
