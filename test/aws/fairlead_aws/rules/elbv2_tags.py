"""Tags on load balancers, listeners, rules and target groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.elbv2.models import ELBv2Backend

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_state import listener, load_balancer, of, rule_of, target_group

ADD = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html"
TAG = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Tag.html"
RESTRICTIONS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html"
ALLOWED = re.compile(r"^([^\W_]|[\s_.:/=+\-@])*$")
RESOURCES_PER_CALL = 20


@rule(
    "elbv2-tag-values",
    doc=TAG,
    says="A tag key has 1 to 128 and its value up to 256 of the allowed characters, each key once.",
)
def check_tags(tags: list[dict[str, str]] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in tags or []:
        key, value = tag.get("Key", ""), tag.get("Value") or ""
        if key in found:
            raise AwsError("DuplicateTagKeys", f"Tag key was specified more than once: {key}")
        if not 1 <= len(key) <= 128 or not ALLOWED.match(key):
            raise AwsError(
                "ValidationError",
                f"Tag key '{key}' is not valid: 1 to 128 letters, numbers, spaces and _.:/=+-@",
            )
        if len(value) > 256 or not ALLOWED.match(value):
            raise AwsError(
                "ValidationError",
                f"Tag value '{value}' is not valid: up to 256 letters, numbers, spaces and _.:/=+-@",
            )
        found[key] = value
    refuse_reserved(found)
    return found


@rule("elbv2-tag-reserved", doc=RESTRICTIONS, says="The aws: prefix of tag keys is reserved.")
def refuse_reserved(keys: Any) -> None:
    for key in keys:
        if key.lower().startswith("aws:"):
            raise AwsError(
                "ValidationError", f"Tag key '{key}' uses the prefix 'aws:', which is reserved for AWS"
            )


@rule("elbv2-tag-count", doc=RESTRICTIONS, says="A resource has at most 50 tags.")
def check_count(context: Context, keys: set[str], arn: str) -> None:
    if len(keys) > context.config["tagsPerResource"]:
        raise AwsError("TooManyTags", f"The maximum number of tags has been reached on '{arn}'")


def tags_for_create(context: Context, call: Call) -> list[dict[str, str]]:
    """The tags given inline, checked before anything is created."""
    tags = check_tags(call.params.get("Tags"))
    check_count(context, set(tags), "the new resource")
    return [{"Key": k, "Value": v} for k, v in tags.items()]


def set_tags(call: Call, arn: str, tags: list[dict[str, str]]) -> None:
    of(call).tagging_service.tag_resource(arn, tags)


def forget_tags(call: Call, *arns: str) -> None:
    for arn in arns:
        of(call).tagging_service.delete_all_tags_for_resource(arn)


@rule(
    "elbv2-tag-resources",
    doc=ADD,
    says="Tags go only on resources that exist, up to 20 in a call, all or none.",
)
def check_resources(call: Call) -> list[str]:
    arns = call.params["ResourceArns"]
    if not 1 <= len(arns) <= RESOURCES_PER_CALL:
        raise AwsError(
            "ValidationError",
            f"Up to '{RESOURCES_PER_CALL}' resource ARNs can be specified, but '{len(arns)}' were specified",
        )
    for arn in arns:
        kind = arn.split(":")[5].split("/")[0] if arn.count(":") >= 5 else ""
        finders = {
            "loadbalancer": load_balancer,
            "listener": listener,
            "listener-rule": rule_of,
            "targetgroup": target_group,
        }
        if kind not in finders:
            raise AwsError(
                "ValidationError", f"'{arn}' is not a valid load balancer, target group, listener or rule ARN"
            )
        finders[kind](of(call), arn)
    return list(arns)


def add_tags(context: Context, call: Call) -> dict[str, Any]:
    arns = check_resources(call)
    tags = check_tags(call.params["Tags"])
    service = of(call).tagging_service
    for arn in arns:
        check_count(context, set(service.get_tag_dict_for_resource(arn)) | set(tags), arn)
    for arn in arns:
        set_tags(call, arn, [{"Key": k, "Value": v} for k, v in tags.items()])
    return {}


def remove_tags(call: Call) -> dict[str, Any]:
    keys = call.params["TagKeys"]
    refuse_reserved(keys)
    for arn in check_resources(call):
        of(call).tagging_service.untag_resource_using_names(arn, keys)
    return {}


def describe_tags(call: Call) -> dict[str, Any]:
    service = of(call).tagging_service
    return {
        "TagDescriptions": [
            {
                "ResourceArn": arn,
                "Tags": [{"Key": k, "Value": v} for k, v in service.get_tag_dict_for_resource(arn).items()],
            }
            for arn in check_resources(call)
        ]
    }


@rule(
    "elbv2-tag-index",
    doc="https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html",
    says="The tag index knows load balancers, target groups, listeners and rules.",
)
def indexed(backend: Any) -> Iterator[TaggedResource]:
    for balancer in backend.load_balancers.values():
        yield _indexed(backend, balancer.arn, "loadbalancer")
        for each in balancer.listeners.values():
            yield _indexed(backend, each.arn, "listener")
            for arn in each.rules:
                yield _indexed(backend, arn, "listener-rule")
    for arn in backend.target_groups:
        yield _indexed(backend, arn, "targetgroup")


def _indexed(backend: Any, arn: str, kind: str) -> TaggedResource:
    tags = backend.tagging_service.get_tag_dict_for_resource(arn)
    return TaggedResource(arn=arn, tags=tags, resource_type=f"elasticloadbalancing:{kind}")


def install(context: Context) -> None:
    ELBv2Backend.iter_tagged_resources = indexed  # type: ignore[method-assign]
    context.replace("elbv2", "AddTags")(lambda call: add_tags(context, call))
    context.replace("elbv2", "RemoveTags")(remove_tags)
    context.replace("elbv2", "DescribeTags")(describe_tags)
