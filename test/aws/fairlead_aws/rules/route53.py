"""Route53: record sets, in batches and in pages."""

from __future__ import annotations

from typing import Any

from moto.route53.models import route53_backends

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .route53_batch import check, check_shapes, check_size
from .route53_changes import forget, get_change, submit
from .route53_names import LIST, canonical, check_name, shown
from .route53_zone import Record, Zone
from .route53_zones import API, find, find_id, max_items, zones

MAX_PAGE = 300


@rule(
    "R53-PRIOR-REQUEST",
    doc=f"{API}/API_ChangeResourceRecordSets.html",
    says="While a batch of the zone is processed (route53ProcessingSeconds), another is refused.",
)
def check_not_busy(context: Context, zone: Zone) -> None:
    if context.now() < zone.busy_until:
        raise AwsError(
            "PriorRequestNotComplete",
            "The request was rejected because Route 53 was still processing a prior request.",
        )


def change_record_sets(context: Context, call: Call) -> Any:
    zone = find(call)
    batch = call.params["ChangeBatch"]
    changes = batch["Changes"]
    check_shapes(changes)
    check_size(changes)
    check_not_busy(context, zone)
    result = check(zone, changes, context.config["route53RecordsPerZone"])
    info, insync = submit(context, batch.get("Comment"))
    zone.apply(result, insync)
    zone.busy_until = context.now() + context.config["route53ProcessingSeconds"]
    return {"ChangeInfo": info}


def shown_record(record: Record) -> Record:
    found = {k: v for k, v in record.items() if v is not None}
    found["Name"] = shown(record["Name"])
    alias = record.get("AliasTarget")
    if alias:
        found["AliasTarget"] = {
            "HostedZoneId": alias["HostedZoneId"].removeprefix("/hostedzone/"),
            "DNSName": shown(canonical(alias["DNSName"])),
            "EvaluateTargetHealth": bool(alias.get("EvaluateTargetHealth")),
        }
    return found


@rule("R53-LIST-PAGES", doc=LIST, says="300 record sets a page at most; name, type and identifier start the next.")
def list_record_sets(call: Call) -> Any:
    zone = find(call)
    params = call.params
    name, kind, identifier = (params.get(f"StartRecord{k}") for k in ("Name", "Type", "Identifier"))
    if (kind and not name) or (identifier and not kind):
        raise AwsError("InvalidInput", "The input is not valid")
    start = None
    if name:
        check_name(name)
        start = (canonical(name), kind or "", identifier or "")
    count = max_items(params, MAX_PAGE)
    records, following = zone.page(start, count)
    answer: dict[str, Any] = {
        "ResourceRecordSets": [shown_record(r) for r in records],
        "IsTruncated": following is not None,
        "MaxItems": str(count),
    }
    if following is not None:
        answer["NextRecordName"] = shown(following[0])
        answer["NextRecordType"] = following[1]
        answer["NextRecordIdentifier"] = following[2] or None
    return answer


def install(context: Context) -> None:
    context.replace("route53", "ListResourceRecordSets")(list_record_sets)
    context.replace("route53", "ChangeResourceRecordSets")(lambda call: change_record_sets(context, call))

    context.replace("route53", "GetChange")(lambda call: get_change(context, call))

    @context.before("route53", "ListTagsForResources", "ListTagsForResource", "ChangeTagsForResource")
    def tagged_zone_exists(call: Call) -> None:
        if call.params.get("ResourceType") == "hostedzone":
            for zone_id in call.params.get("ResourceIds") or [call.params["ResourceId"]]:
                find_id(call.account, zone_id)

    @context.state("zones")
    def state(account: str) -> Any:
        now = context.now()
        tags = route53_backends[account]["aws"].resource_tags
        return [
            {**_state(zone, now), "tags": dict(tags.get(zone.resource_id, {}))}
            for zone in zones(account).values()
        ]


def _state(zone: Zone, now: float) -> dict[str, Any]:
    """records: as the API lists them. answers: as the name servers answer, without what is still PENDING."""
    return {
        "id": zone.resource_id,
        "name": zone.name,
        "private": zone.private_zone,
        "vpcs": [v.get("vpc_id") for v in zone.vpcs],
        "records": [shown_record(zone.records[key]) for _, key in zone.sorted],
        "answers": [shown_record(r) for _, r in sorted(zone.answers(now).items())],
    }


def reset(context: Context) -> None:
    forget()
