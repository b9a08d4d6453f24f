"""What each call asks IAM for: its actions, and for each the tags that AWS knows when it decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.acm.models import acm_backends
from moto.ec2.models import ec2_backends

from .context import Call
from .errors import AwsError
from .iam_policy import Ask, Keys
from .rules import elbv2_state

PREFIXES = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}
# Nobody needs a permission for these.
FREE = frozenset({("sts", "GetCallerIdentity")})
CREATES = frozenset({"CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "CreateRule"})
# What ELBv2 asks EC2 in the name of whoever calls.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
NETWORK = ("DescribeInternetGateways", "DescribeVpcs")
DEPENDENT = {
    "CreateLoadBalancer": (
        "DescribeAccountAttributes", "DescribeAddresses", "DescribeSecurityGroups", "DescribeSubnets", *NETWORK,
    ),
    "CreateTargetGroup": NETWORK,
    "RegisterTargets": ("DescribeInstances", "DescribeSubnets", *NETWORK),
    "SetIpAddressType": ("DescribeSubnets",),
    "SetSubnets": ("DescribeSubnets",),
}  # fmt: skip
# The one write of ELBv2 whose row in the Service Authorization Reference names no tag key.
TAGLESS = frozenset({"SetRulePriorities"})

Tags = dict[str, str]


def asks(call: Call) -> list[Ask]:
    """Everything that must be allowed for the call to be executed."""
    if (call.service, call.operation) in FREE:
        return []
    by_service = {"elbv2": _elbv2, "ec2": _ec2, "acm": _acm}
    return list(by_service.get(call.service, _plain)(call))


def actions(call: Call) -> list[str]:
    """The actions among them, in IAM's words."""
    return list(dict.fromkeys(ask.action for ask in asks(call)))


def _action(call: Call, name: str | None = None) -> str:
    return f"{PREFIXES.get(call.service, call.service)}:{name or call.operation}"


def _plain(call: Call) -> Iterator[Ask]:
    yield Ask(_action(call))


def _given(tags: Any) -> Tags:
    # Asked before the parameters are validated.
    listed = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return {str(tag.get("Key", "")): str(tag.get("Value") or "") for tag in listed}


def _on(call: Call, tags: Tags | None, given: Tags | None = None) -> Ask:
    """About a resource. One that does not exist is for the service to tell of; nobody is denied it."""
    if tags is None:
        return Ask(_action(call), None)
    return Ask(_action(call), {**{f"aws:ResourceTag/{key}": value for key, value in tags.items()}, **_request(given or {})})


def _request(tags: Tags) -> Keys:
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def _elbv2(call: Call) -> Iterator[Ask]:
    params, operation = call.params, call.operation
    given = _given(params.get("Tags"))
    for name in DEPENDENT.get(operation, ()):
        yield Ask(f"ec2:{name}")
    if operation.startswith("Describe") or operation in TAGLESS:
        yield Ask(_action(call))
    elif operation in CREATES:
        parent = params.get("ListenerArn") or (params.get("LoadBalancerArn") if operation == "CreateListener" else None)
        yield _on(call, _elbv2_tags(call, parent) if parent else {}, given)
        if given:
            made = {f"{PREFIXES['elbv2']}:CreateAction": operation}
            yield Ask(_action(call, "AddTags"), {**_request(given), **made})
    else:
        for arn in _elbv2_arns(params) or [None]:
            yield _on(call, {} if arn is None else _elbv2_tags(call, arn), given)


def _elbv2_arns(params: dict[str, Any]) -> list[str]:
    named = [params.get(name) for name in ("RuleArn", "ListenerArn", "LoadBalancerArn", "TargetGroupArn")]
    return list(params.get("ResourceArns") or ()) or [arn for arn in named if arn][:1]


def _elbv2_tags(call: Call, arn: str) -> Tags | None:
    kind = arn.split(":")[5].split("/")[0] if arn.count(":") >= 5 else ""
    find = {
        "loadbalancer": elbv2_state.load_balancer,
        "listener": elbv2_state.listener,
        "listener-rule": elbv2_state.rule_of,
        "targetgroup": elbv2_state.target_group,
    }.get(kind)
    backend = elbv2_state.of(call)
    if find is None:
        return None
    try:
        find(backend, arn)
    except AwsError:
        return None
    return dict(backend.tagging_service.get_tag_dict_for_resource(arn))


def _ec2(call: Call) -> Iterator[Ask]:
    params, operation = call.params, call.operation
    if operation == "CreateSecurityGroup":
        specified = [spec for spec in params.get("TagSpecifications") or [] if spec.get("ResourceType") == "security-group"]
        given = _given([tag for spec in specified for tag in spec.get("Tags") or []])
        # The group that is made, and the network it is made in, each with what is known of it.
        yield Ask(_action(call), _request(given))
        yield _on(call, _ec2_tags(call, params["VpcId"]) if params.get("VpcId") else {})
        if given:
            yield Ask(_action(call, "CreateTags"), {**_request(given), "ec2:CreateAction": operation})
    elif operation in ("CreateTags", "DeleteTags"):
        for resource in params.get("Resources") or []:
            yield _on(call, _ec2_tags(call, resource), _given(params.get("Tags")))
    elif params.get("GroupId") and not operation.startswith("Describe"):
        yield _on(call, _ec2_tags(call, params["GroupId"]))
    else:
        yield Ask(_action(call))


def _ec2_tags(call: Call, resource: str) -> Tags | None:
    backend = ec2_backends[call.account][call.region]
    groups = {group_id for groups in backend.groups.values() for group_id in groups}
    if resource not in groups and resource not in backend.vpcs:
        return None
    return dict(backend.tags.get(resource, {}))


def _acm(call: Call) -> Iterator[Ask]:
    params = call.params
    given, arn = _given(params.get("Tags")), params.get("CertificateArn")
    yield _on(call, _acm_tags(call, str(arn)) if arn else {}, given)
    if given and call.operation in ("ImportCertificate", "RequestCertificate"):
        yield Ask(_action(call, "AddTagsToCertificate"), _request(given))


def _acm_tags(call: Call, arn: str) -> Tags | None:
    bundle = acm_backends[call.account][call.region]._certificates.get(arn)
    return None if bundle is None else {key: value or "" for key, value in bundle.tags.items()}
