"""Resource Groups Tagging API: an index of tags that lags behind the services."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from moto.acm.models import acm_backends
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends

from ..context import Call, Context
from ..errors import AwsError
from . import rule

API = "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html"
Tags = dict[str, str]
# Calls that can change a tag or a tagged resource. After each, what the index knew before is remembered.
WRITES = {
    "acm": ("ImportCertificate", "RequestCertificate", "DeleteCertificate", "AddTagsToCertificate",
            "RemoveTagsFromCertificate"),
    "elbv2": ("CreateLoadBalancer", "DeleteLoadBalancer", "CreateTargetGroup", "DeleteTargetGroup",
              "CreateListener", "DeleteListener", "CreateRule", "DeleteRule", "AddTags", "RemoveTags"),
    "route53": ("CreateHostedZone", "DeleteHostedZone", "ChangeTagsForResource"),
}  # fmt: skip

# Per account and region: what the index shows, what the services hold, and the changes in between, oldest first.
_shown: dict[tuple[str, str], dict[str, Tags]] = {}
_latest: dict[tuple[str, str], dict[str, Tags]] = {}
_coming: dict[tuple[str, str], list[tuple[float, str, Tags]]] = {}
ARN = re.compile(rb"arn:aws[\w-]*:(?:acm|elasticloadbalancing):[^<\"\s,]+")


def live(account: str, region: str) -> dict[str, Tags]:
    """ARN -> tags of everything that has tags in the services, at this moment."""
    return {arn: tags for arn, tags in _live(account, region) if tags}


def _live(account: str, region: str) -> Iterator[tuple[str, Tags]]:
    for arn in acm_backends[account][region]._certificates:
        yield arn, tags_of(account, region, arn)
    elb = elbv2_backends[account][region]
    arns = [*elb.load_balancers, *elb.target_groups]
    for balancer in elb.load_balancers.values():
        arns += balancer.listeners
        arns += [r.arn for li in balancer.listeners.values() for r in li.rules.values() if not r.is_default]
    for arn in arns:
        yield arn, tags_of(account, region, arn)
    if region == "us-east-1":
        for zone_id in route53_backends[account]["aws"].zones:
            arn = f"arn:aws:route53:::hostedzone/{zone_id}"
            yield arn, tags_of(account, region, arn)


def tags_of(account: str, region: str, arn: str) -> Tags:
    service = arn.split(":")[2]
    if service == "acm":
        bundle = acm_backends[account][region]._certificates.get(arn)
        return {k: v or "" for k, v in bundle.tags.items()} if bundle else {}
    if service == "route53":
        return dict(route53_backends[account]["aws"].resource_tags.get(arn.split("/")[-1], {}))
    tagged = elbv2_backends[account][region].tagging_service.list_tags_for_resource(arn)
    return {t["Key"]: t.get("Value") or "" for t in tagged["Tags"]}


@rule("TAGGING-LAG", doc=API, says="GetResources sees a change taggingLagSeconds after it was made.")
def indexed(context: Context, account: str, region: str) -> dict[str, Tags]:
    seen_until = context.now() - context.config["taggingLagSeconds"]
    shown = _shown.setdefault((account, region), {})
    coming = _coming.get((account, region), [])
    done = 0
    for changed, arn, tags in coming:
        if changed > seen_until:
            break
        done += 1
        if tags:
            shown[arn] = tags
        else:
            shown.pop(arn, None)
    del coming[:done]
    return shown


def remember(context: Context, call: Call, body: bytes) -> None:
    """Notes what a write changed: the ARNs it names, or everything when something was deleted."""
    region = "us-east-1" if call.service == "route53" else call.region
    account = call.account
    latest = _latest.setdefault((account, region), {})
    if call.operation.startswith("Delete") or call.service == "route53":
        there = live(account, region)
        changed = {a: there.get(a, {}) for a in {*latest, *there} if latest.get(a, {}) != there.get(a, {})}
    else:
        named = {a.decode() for a in ARN.findall(body)} | set(call.params.get("ResourceArns") or ())
        if "CertificateArn" in call.params:
            named.add(call.params["CertificateArn"])
        changed = {a: tags_of(account, region, a) for a in sorted(named)}
    for arn, tags in changed.items():
        if latest.get(arn, {}) != tags:
            latest[arn] = tags
            _coming.setdefault((account, region), []).append((context.now(), arn, tags))


def type_matches(arn: str, wanted: str) -> bool:
    """elasticloadbalancing:loadbalancer, acm:certificate, or a service alone."""
    service, _, kind = wanted.partition(":")
    parts = arn.split(":", 5)
    return parts[2] == service and (not kind or parts[5].split("/")[0] == kind)


@rule("TAGGING-UNTAGGED", doc=API, says="Only resources that have a tag are in the index.")
@rule("TAGGING-FILTERS", doc=API, says="All filters must match; within one any of its values; no value means the key alone.")
def matches(arn: str, tags: Tags, params: dict[str, Any]) -> bool:
    if not tags:
        return False
    arns = params.get("ResourceARNList")
    if arns and arn not in arns:
        return False
    types = params.get("ResourceTypeFilters")
    if types and not any(type_matches(arn, t) for t in types):
        return False
    for wanted in params.get("TagFilters") or ():
        if wanted["Key"] not in tags:
            return False
        if wanted.get("Values") and tags[wanted["Key"]] not in wanted["Values"]:
            return False
    return True


@rule("TAGGING-ARN-LIST-ALONE", doc=API, says="ResourceARNList goes with no other filter.")
@rule("TAGGING-PAGES", doc=API, says="ResourcesPerPage is 1 to 100, 50 by default; PaginationToken continues, and is empty at the end.")
def get_resources(context: Context, call: Call) -> Any:
    params = call.params
    if params.get("ResourceARNList") and (params.get("TagFilters") or params.get("ResourceTypeFilters")):
        raise AwsError(
            "InvalidParameterException",
            "ResourceARNList can't be specified together with TagFilters or ResourceTypeFilters",
        )
    size = params.get("ResourcesPerPage")
    if size is not None and not 1 <= size <= 100:
        raise AwsError("InvalidParameterException", "ResourcesPerPage must be between 1 and 100")
    found = [
        (arn, tags)
        for arn, tags in sorted(indexed(context, call.account, call.region).items())
        if matches(arn, tags, params)
    ]
    start = _start(params.get("PaginationToken"))
    size = size or 50
    page = found[start : start + size]
    more = start + size < len(found)
    return {
        "ResourceTagMappingList": [
            {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            for arn, tags in page
        ],
        "PaginationToken": base64.b64encode(str(start + size).encode()).decode() if more else "",
    }


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise AwsError("PaginationTokenExpiredException", "The pagination token is not valid.") from None


def install(context: Context) -> None:
    context.replace("resourcegroupstaggingapi", "GetResources")(lambda call: get_resources(context, call))
    for service, operations in WRITES.items():

        @context.after(service, *operations)
        def changed(call: Call, status: int, body: bytes) -> None:
            remember(context, call, body)


def reset(context: Context) -> None:
    for store in (_shown, _latest, _coming):
        store.clear()
