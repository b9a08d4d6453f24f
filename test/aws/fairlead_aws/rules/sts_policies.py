"""IAM: what a role or a user may do, where the configuration gives it policies."""

from __future__ import annotations

from ..context import Call, Context
from ..errors import AwsError
from ..iam_asks import asks
from ..iam_policy import allows, check_policy
from . import rule
from .sts import sessions

LOGIC = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html"
ELB_CREATE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html"
ELB_EC2 = "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html"
EC2_CREATE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"

# What a service calls a call that is not allowed.
DENIED = {
    "ec2": ("UnauthorizedOperation", 403),
    "acm": ("AccessDeniedException", 400),
    "resourcegroupstaggingapi": ("AccessDeniedException", 400),
}


@rule(
    "IAM-IMPLICIT-DENY",
    doc=LOGIC,
    says="A role or a user that has policies may do what one of their statements allows, and nothing else.",
)
@rule(
    "IAM-TAG-KEYS",
    doc=REFERENCE,
    says="aws:ResourceTag has the tags of the resource, aws:RequestTag those of the request; SetRulePriorities knows neither.",
)
@rule("IAM-ELB-TAG-ON-CREATE", doc=ELB_CREATE, says="Making something with tags needs AddTags, told by CreateAction.")
@rule("IAM-ELB-ASKS-EC2", doc=ELB_EC2, says="Load balancers, target groups and targets need reads of EC2 that ELB makes for the caller.")
@rule("IAM-EC2-TAG-ON-CREATE", doc=EC2_CREATE, says="Making a security group with tags needs CreateTags, told by CreateAction.")
def authorize(context: Context, call: Call) -> None:
    session = sessions.get(call.access_key)
    policies = context.config["policies"].get(call.access_key if session is None else session["roleArn"])
    if policies is None:
        return
    for policy in policies:
        check_policy(policy)
    for ask in asks(call):
        if not allows(policies, ask):
            call.denied = ask.action
            code, status = DENIED.get(call.service, ("AccessDenied", 403))
            raise AwsError(
                code,
                f"User: {call.caller_arn} is not authorized to perform: {ask.action}"
                f" because no identity-based policy allows the {ask.action} action",
                status,
            )


def install(context: Context) -> None:
    context.config.default("policies", {})

    @context.before("*", "*")
    def every_call(call: Call) -> None:
        authorize(context, call)
