"""The health of a target at a moment: a function of when what happened."""

from __future__ import annotations

import dataclasses

from . import rule
from .elbv2_answers import Answer

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states"
NOT_IN_USE = "Target group is not configured to receive traffic from the load balancer"
NO_ZONE = "Target is in an Availability Zone that is not enabled for the load balancer"


@dataclasses.dataclass(frozen=True)
class Health:
    state: str
    reason: str | None = None
    description: str | None = None

    def view(self) -> dict[str, str]:
        named = {"State": self.state, "Reason": self.reason, "Description": self.description}
        return {k: v for k, v in named.items() if v is not None}


HEALTHY = Health("healthy")
REGISTERING = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
UNREGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
UNUSED = Health("unused", "Target.NotInUse", NOT_IN_USE)
ZONE_OFF = Health("unused", "Target.NotInUse", NO_ZONE)
STOPPED = Health("unused", "Target.InvalidState", "Target is in the stopped state")


@rule(
    "elbv2-target-health-timeline",
    doc=DOC,
    says="A target is initial until it passed its checks, and changes only after as many equal answers as its threshold asks for.",
)
def health(
    *,
    registered_at: float,
    checked_from: float,
    answers: list[Answer],
    seconds_to_healthy: float,
    seconds_to_unhealthy: float,
    now: float,
) -> Health:
    """`checked_from` is when the load balancer began to check: it is active and names the group."""
    start = max(registered_at, checked_from)
    if now < start:
        return REGISTERING
    return _at(len(answers) - 1, answers, start, seconds_to_healthy, seconds_to_unhealthy, now)


def _at(last: int, answers: list[Answer], start: float, up: float, down: float, now: float) -> Health:
    """Looks back from the newest answer that was given by `now`."""
    while last > 0 and answers[last].since > now:
        last -= 1
    answer = answers[last]
    while last > 0 and answers[last - 1].healthy == answer.healthy and answers[last].since > start:
        last -= 1  # the run of equal answers this one belongs to
    since = max(answers[last].since, start)
    if now >= since + (up if answer.healthy else down):
        return HEALTHY if answer.healthy else Health("unhealthy", *answer.reason())
    if since <= start or last == 0:
        return CHECKING
    return _at(last - 1, answers, start, up, down, since)
