"""What a rule gets: the clock, the configuration, and the places where it can hook in."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from .buckets import Buckets
from .calls import CallLog
from .clock import Clock
from .config import Config
from .faults import Faults


@dataclasses.dataclass(slots=True)
class Call:
    """One request to AWS, parsed with botocore's service model."""

    service: str  # botocore's name: elbv2, ec2, route53, acm, sts, resourcegroupstaggingapi
    operation: str  # DescribeLoadBalancers
    account: str
    region: str
    access_key: str
    protocol: str  # query, ec2, rest-xml, json
    params: dict[str, Any]  # in the names of the service model
    caller_arn: str
    request_id: str
    environ: dict[str, Any]
    request: Any = None  # moto's Request, made when moto is needed
    denied: str | None = None  # the action that IAM did not allow


Before = Callable[[Call], None]
Replace = Callable[[Call], Any]
After = Callable[[Call, int, bytes], None]


class Context:
    def __init__(self, clock: Clock, config: Config, calls: CallLog) -> None:
        self.clock = clock
        self.config = config
        self.calls = calls
        self.buckets = Buckets(clock.now, config)
        self.faults = Faults()
        self.random = random.Random(1)
        self.befores: dict[tuple[str, str], list[Before]] = {}
        self.replacements: dict[tuple[str, str], Replace] = {}
        self.afters: dict[tuple[str, str], list[After]] = {}
        self.endpoints: dict[tuple[str, str], Callable[[dict[str, str], Any], Any]] = {}
        self.state_parts: dict[str, Callable[[str], Any]] = {}
        self.resets: list[Callable[[Context], None]] = []

    def now(self) -> float:
        return self.clock.now()

    def before(self, service: str, *operations: str) -> Callable[[Before], Before]:
        """Runs before the call is executed, with the lock held; raises AwsError to refuse it. "*" is every operation."""

        def add(fn: Before) -> Before:
            for operation in operations:
                self.befores.setdefault((service, operation), []).append(fn)
            return fn

        return add

    def replace(self, service: str, operation: str) -> Callable[[Replace], Replace]:
        """Executes the call instead of moto; returns the output in the names of the service model."""

        def add(fn: Replace) -> Replace:
            self.replacements[(service, operation)] = fn
            return fn

        return add

    def after(self, service: str, *operations: str) -> Callable[[After], After]:
        """Runs after a call that succeeded, with the status and body it will be answered with."""

        def add(fn: After) -> After:
            for operation in operations:
                self.afters.setdefault((service, operation), []).append(fn)
            return fn

        return add

    def endpoint(self, method: str, path: str) -> Callable[[Any], Any]:
        """A control endpoint: fn(query, body) -> something JSON can hold. Called with the lock held."""

        def add(fn: Any) -> Any:
            self.endpoints[(method, path)] = fn
            return fn

        return add

    def state(self, name: str) -> Callable[[Any], Any]:
        """A part of GET /_fairlead/state: fn(account) -> JSON, one per account."""

        def add(fn: Any) -> Any:
            self.state_parts[name] = fn
            return fn

        return add
