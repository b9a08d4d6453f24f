"""moto's backends: two accounts, our clock, our randomness, and a fast way back to nothing."""

from __future__ import annotations

import functools
import os
import sys
from typing import Any

# Read when moto's modules are imported.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
os.environ.pop("MOTO_ACCOUNT_ID", None)

from moto.core.base_backend import AccountSpecificBackend, BackendDict  # noqa: E402
from moto.core.model_instances import reset_model_data  # noqa: E402
from moto.moto_api._internal import mock_random  # noqa: E402

ACCOUNTS = ("111111111111", "222222222222")


def _put_our_clock_into_moto(context: Any) -> None:
    import moto.core.utils as core_utils

    original = core_utils.utcnow
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is original:
            module.utcnow = context.clock.utcnow  # type: ignore[attr-defined]


def _remember_regions_per_service() -> None:
    """moto computes the regions of a service anew for each account; that is the slow part of a reset."""
    if getattr(AccountSpecificBackend, "_fairlead_regions", False):
        return
    original = AccountSpecificBackend._generate_regions.__wrapped__

    @functools.cache
    def regions(service_name: str) -> tuple[str, ...]:
        return tuple(original(None, service_name))

    AccountSpecificBackend._generate_regions = lambda self, name: list(regions(name))  # type: ignore[method-assign]
    AccountSpecificBackend._fairlead_regions = True  # type: ignore[attr-defined]


def install(context: Any) -> None:
    from . import execute  # noqa: F401  (imports every service, so that all their clocks are found)

    _remember_regions_per_service()
    _put_our_clock_into_moto(context)


def reset() -> None:
    """Drops every backend; each is made anew when it is first asked for."""
    for backend in list(BackendDict._instances):
        backend.clear()
    BackendDict._instances.clear()
    reset_model_data()
    mock_random.seed(1)
