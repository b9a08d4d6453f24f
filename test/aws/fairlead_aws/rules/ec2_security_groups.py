"""Security groups: names, duplicates, and what keeps one from being deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_networks import release
from .elbv2_state import ec2_of

API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/"
CHARACTERS = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*")
LISTED = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


def groups_of(backend: Any) -> Iterator[Any]:
    for groups in list(backend.groups.values()):
        yield from list(groups.values())


def group_of(call: Call, group_id: str) -> Any:
    if not re.fullmatch(r"sg-[0-9a-f]{8}([0-9a-f]{9})?", group_id):
        raise AwsError("InvalidGroupId.Malformed", f'Invalid id: "{group_id}" (expecting "sg-...")')
    found = ec2_of(call).get_security_group_from_id(group_id)
    if found is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    return found


def named(call: Call) -> Any:
    """The group a call is about: by id, or by name in the default VPC."""
    if call.params.get("GroupId"):
        return group_of(call, call.params["GroupId"])
    name = call.params.get("GroupName")
    if not name:
        raise AwsError("MissingParameter", "The request must contain the parameter groupName or groupId")
    found = ec2_of(call).get_security_group_by_name_or_id(name)
    if found is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC")
    return found


@rule(
    "ec2-group-name",
    doc=API + "API_CreateSecurityGroup.html",
    says="Name and description have up to 255 of the allowed characters; a name does not begin with sg- and is not default.",
)
def check_create(call: Call) -> None:
    name, description = call.params.get("GroupName") or "", call.params.get("Description")
    if not description:
        raise AwsError("MissingParameter", "The request must contain the parameter GroupDescription")
    if not 1 <= len(name) <= 255 or not CHARACTERS.fullmatch(name):
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({name}) for parameter GroupName is invalid. Valid names are strings of 1 to 255 characters from the following set: {LISTED}",
        )
    if name.startswith("sg-") or name == "default":
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({name}) for parameter GroupName is invalid. The name is reserved",
        )
    if len(description) > 255 or not CHARACTERS.fullmatch(description):
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({description}) for parameter GroupDescription is invalid. Valid descriptions are strings less than 256 characters from the following set: {LISTED}",
        )


@rule(
    "ec2-group-duplicate",
    doc=API + "API_CreateSecurityGroup.html",
    says="A name belongs to one group of a VPC.",
)
def check_unique(call: Call) -> None:
    backend = ec2_of(call)
    vpc_id = call.params.get("VpcId") or (backend.default_vpc.id if backend.default_vpc else None)
    if vpc_id not in backend.vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    name = call.params["GroupName"]
    if any(g.name == name for g in backend.groups[vpc_id].values()):
        raise AwsError(
            "InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'"
        )


@rule(
    "ec2-tag-specifications",
    doc=API + "API_TagSpecification.html",
    says="Inline tags are for the resource that is created, up to 50, unique, and not aws:.",
)
def check_tags(call: Call) -> None:
    for spec in call.params.get("TagSpecifications") or []:
        if call.operation == "CreateSecurityGroup" and spec.get("ResourceType") != "security-group":
            raise AwsError(
                "InvalidParameterValue",
                f"'{spec.get('ResourceType')}' is not a valid taggable resource type for this operation.",
            )
        check_tag_list(spec.get("Tags") or [])


@rule(
    "ec2-tags",
    doc=API + "API_Tag.html",
    says="A key has 1 to 127 characters, a value up to 256, each key once, up to 50, and aws: is reserved.",
)
def check_tag_list(tags: list[dict[str, str]]) -> None:
    keys = [t.get("Key") or "" for t in tags]
    for tag in tags:
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        if key.lower().startswith("aws:"):
            raise AwsError(
                "InvalidParameterValue",
                f"Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
            )
        if not 1 <= len(key) <= 127:
            raise AwsError(
                "InvalidParameterValue",
                f"Tag key '{key}' exceeds the maximum length of 127 characters, or is empty",
            )
        if len(value) > 256:
            raise AwsError("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
    if len(set(keys)) < len(keys):
        raise AwsError("InvalidParameterValue", "Duplicate tag key specified.")
    if len(keys) > 50:
        raise AwsError("TagLimitExceeded", "The maximum number of tags for a resource has been reached")


@rule(
    "ec2-group-in-use",
    doc=VPC + "deleting-security-groups.html",
    says="A group on a network interface, or named by a rule of another group, cannot be deleted; nor can the default group.",
)
def check_delete(context: Context, call: Call) -> None:
    release(context)
    group = named(call)
    if group.is_default:
        raise AwsError(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )
    backend = ec2_of(call)
    on_interface = any(g.id == group.id for eni in backend.enis.values() for g in eni.group_set)
    in_rule = any(
        r.source_group.get("GroupId") == group.id
        for other in groups_of(backend)
        if other.id != group.id
        for r in (*other.ingress_rules, *other.egress_rules)
    )
    if on_interface or in_rule:
        raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")


@rule(
    "ec2-group-describe",
    doc=API + "API_DescribeSecurityGroups.html",
    says="An id or name that does not exist fails the call, and an id must look like one.",
)
def check_describe(call: Call) -> None:
    for group_id in call.params.get("GroupIds") or []:
        group_of(call, group_id)
    known = {g.name for g in groups_of(ec2_of(call))}
    for name in call.params.get("GroupNames") or []:
        if name not in known:
            raise AwsError(
                "InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC"
            )


def install(context: Context) -> None:
    before = context.before
    for check in (check_create, check_unique, check_tags):
        before("ec2", "CreateSecurityGroup")(check)
    before("ec2", "CreateTags")(lambda call: check_tag_list(call.params.get("Tags") or []))
    before("ec2", "DeleteSecurityGroup")(lambda call: check_delete(context, call))
    before("ec2", "DescribeSecurityGroups")(check_describe)
