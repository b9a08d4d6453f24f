"""The quotas of Application Load Balancers, each a configuration value, and what tells them apart."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"

# configuration key -> (default, name in DescribeAccountLimits)
QUOTAS: dict[str, tuple[int, str | None]] = {
    "albQuota": (50, "application-load-balancers"),
    "albListeners": (50, "listeners-per-application-load-balancer"),
    "albRules": (100, "rules-per-application-load-balancer"),
    "albCertificates": (25, "certificates-per-application-load-balancer"),
    "albTargetGroups": (100, "target-groups-per-application-load-balancer"),
    "albTargetGroupsPerAction": (5, "target-groups-per-action-on-application-load-balancer"),
    "albTargets": (1000, "targets-per-application-load-balancer"),
    "targetGroups": (3000, "target-groups"),
    "targetsPerGroup": (1000, "targets-per-target-group"),
    "conditionValuesPerRule": (5, "condition-values-per-alb-rule"),
    "conditionWildcardsPerRule": (5, "condition-wildcards-per-alb-rule"),
    # The rules page says 3 strings per condition, the quota page says nothing of it: 5 binds nobody further.
    "stringsPerCondition": (5, None),
    "tagsPerResource": (50, None),
}


def declare(context: Context) -> None:
    for key, (value, _name) in QUOTAS.items():
        context.config.default(key, value)


@rule(
    "elbv2-quotas",
    doc=DOC,
    says="Each quota of an Application Load Balancer is enforced with its own error code.",
)
def refuse_beyond(context: Context, key: str, wanted: int, code: str, what: str) -> None:
    allowed = context.config[key]
    if wanted > allowed:
        raise AwsError(code, f"The maximum number of {what} has been reached: '{allowed}'")


@rule(
    "elbv2-account-limits",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html",
    says="DescribeAccountLimits tells the quotas that are enforced.",
)
def account_limits(context: Context, _call: Call) -> dict[str, Any]:
    return {
        "Limits": [
            {"Name": name, "Max": str(context.config[key])} for key, (_, name) in QUOTAS.items() if name
        ]
    }


def install(context: Context) -> None:
    declare(context)
    context.replace("elbv2", "DescribeAccountLimits")(lambda call: account_limits(context, call))
