"""Every configuration key with its default. POST /_fairlead/config merges into it."""

from __future__ import annotations

import copy
from typing import Any

DEFAULTS: dict[str, Any] = {
    # Throttling
    "buckets": True,
    "bucketOverrides": {},  # {"acm.ImportCertificate": [capacity, refill per second]}
    "route53Buckets": "buckets",  # or "classic": 5 requests a second per account
    "validate": True,  # parameter validation from the service models
    # Propagation, in seconds
    "albActiveSeconds": 1,
    "targetHealthSeconds": 1,
    "targetDrainSeconds": 1,
    "route53InsyncSeconds": 1,
    "route53ProcessingSeconds": 0,  # PriorRequestNotComplete while a batch of the zone is processed
    "acmInUseClearSeconds": 1,
    "acmIssueSeconds": 1,
    "taggingLagSeconds": 1,
    "eniReleaseSeconds": 1,
    # Quotas
    "acmYearlyImports": 5000,
    "acmCertificates": 2500,
    "route53RecordsPerZone": 10000,
    # STS: role ARN -> {"externalId": "...", "principals": ["111111111111"]}
    "trust": {},
    "trustUnlisted": True,  # a role not in "trust" can be assumed by anybody
    # Data plane and other rules read their own keys here.
}


class Config(dict[str, Any]):
    def __init__(self, given: dict[str, Any] | None = None) -> None:
        super().__init__(copy.deepcopy(DEFAULTS))
        self.started_with = dict(given or {})
        self.merge(self.started_with)

    def default(self, key: str, value: Any) -> None:
        """A rule or the data plane declares a key of its own."""
        DEFAULTS.setdefault(key, value)
        self.setdefault(key, copy.deepcopy(value))

    def merge(self, given: dict[str, Any]) -> None:
        for key, value in given.items():
            if isinstance(value, dict) and isinstance(self.get(key), dict):
                self[key] = {**self[key], **value}
            else:
                self[key] = value

    def restart(self) -> None:
        """Back to the defaults and what the server was started with."""
        self.clear()
        self.update(copy.deepcopy(DEFAULTS))
        self.merge(self.started_with)
