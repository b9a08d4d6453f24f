"""The token buckets AWS throttles with, refilled by the stand-in's clock.

Sources:
 ELBv2   https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancer-api-throttling.html
 Route53 https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests
 ACM     https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html#api-rate-limits
 EC2     https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import AwsError

READS = ("Describe", "Get", "List")
ELB_TARGETS = ("RegisterTargets", "DeregisterTargets")
ELB_HEAVY = ("CreateLoadBalancer", "SetSubnets")
ACM_RATES = {
    "ImportCertificate": 1,
    "ListCertificates": 8,
    "DescribeCertificate": 10,
    "GetCertificate": 10,
    "DeleteCertificate": 10,
    "ListTagsForCertificate": 10,
    "AddTagsToCertificate": 5,
    "RemoveTagsFromCertificate": 5,
    "RequestCertificate": 5,
    "UpdateCertificateOptions": 5,
    "ResendValidationEmail": 1,
    "RenewCertificate": 5,
    "ExportCertificate": 5,
}
ROUTE53_SLOW = {"CreateHostedZone": (40, 2), "CreateHealthCheck": (50, 0.5)}

# (bucket name, capacity, refill per second)
Bucket = tuple[str, float, float]


def _elbv2(operation: str, _config: dict[str, Any]) -> list[Bucket]:
    if operation.startswith("Describe"):
        own: Bucket = ("Describe", 40, 10)
    elif operation in ELB_TARGETS:
        own = ("Targets", 20, 4)
    elif operation in ELB_HEAVY:
        own = ("CreateLoadBalancer", 10, 0.2)
    else:
        own = ("Mutating", 20, 3)
    return [("Account", 40, 10), own]


def _route53(operation: str, config: dict[str, Any]) -> list[Bucket]:
    if config["route53Buckets"] == "classic":
        return [("Account", 5, 5)]
    capacity, refill = ROUTE53_SLOW.get(operation, (50, 10))
    return [("Account", 50, 10), (operation, capacity, refill)]


def _acm(operation: str, _config: dict[str, Any]) -> list[Bucket]:
    rate = ACM_RATES.get(operation, 5)
    return [(operation, rate, rate)]


def _ec2(operation: str, _config: dict[str, Any]) -> list[Bucket]:
    if operation.startswith(READS):
        return [("Non-mutating", 100, 20)]
    return [("Mutating", 50, 5)]


def _sts(_operation: str, _config: dict[str, Any]) -> list[Bucket]:
    return [("Account", 600, 600)]


def _tagging(_operation: str, _config: dict[str, Any]) -> list[Bucket]:
    return [("Account", 15, 15)]


POLICIES: dict[str, Callable[[str, dict[str, Any]], list[Bucket]]] = {
    "elbv2": _elbv2,
    "route53": _route53,
    "acm": _acm,
    "ec2": _ec2,
    "sts": _sts,
    "resourcegroupstaggingapi": _tagging,
}
GLOBAL_SERVICES = frozenset({"route53", "iam", "cloudfront"})


def throttle_error(service: str) -> AwsError:
    if service == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    if service == "acm":
        return AwsError("ThrottlingException", "Rate exceeded")
    if service == "resourcegroupstaggingapi":
        return AwsError("ThrottledException", "Rate exceeded")
    return AwsError("Throttling", "Rate exceeded")


class Buckets:
    def __init__(self, now: Callable[[], float], config: dict[str, Any]) -> None:
        self._now = now
        self._config = config
        self._levels: dict[tuple[str, ...], tuple[float, float]] = {}

    def take(self, service: str, operation: str, account: str, region: str) -> None:
        """Takes one token of every bucket the call falls into, or raises AWS's throttling error."""
        policy = POLICIES.get(service)
        if policy is None or not self._config["buckets"]:
            return
        overrides = self._config["bucketOverrides"]
        now = self._now()
        scope = "" if service in GLOBAL_SERVICES else region
        after = []
        for name, capacity, refill in policy(operation, self._config):
            capacity, refill = overrides.get(f"{service}.{name}", (capacity, refill))
            key = (service, account, scope, name)
            level, at = self._levels.get(key, (capacity, now))
            level = min(capacity, level + (now - at) * refill)
            # The epoch in seconds has seven digits after the point: a refill of 0.1 s must make a whole token.
            if level < 1 - 1e-5:
                raise throttle_error(service)
            after.append((key, (level - 1, now)))
        self._levels.update(after)

    def levels(self) -> list[dict[str, Any]]:
        return [
            {"service": k[0], "account": k[1], "region": k[2], "bucket": k[3], "tokens": v[0], "at": v[1]}
            for k, v in sorted(self._levels.items())
        ]

    def reset(self) -> None:
        self._levels = {}
