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


def _remember_attribute_names() -> None:
    """moto works out anew, for each value it serialises, which attributes it could be under; half of an EC2 answer."""
    from moto.core.serialize import MISSING, XFormedAttributePicker
    from moto.core.utils import get_value

    if getattr(XFormedAttributePicker, "_fairlead_names", None) is not None:
        return
    names: dict[tuple[type, str, int], tuple[Any, tuple[str, ...]]] = {}
    XFormedAttributePicker._fairlead_names = names  # type: ignore[attr-defined]

    def pick(self: Any, context: Any) -> Any:
        key = (context.obj.__class__, context.key, id(context.shape))
        known = names.get(key)
        if known is None:
            # The shape is kept too, so that its id stays its own.
            known = names[key] = (context.shape, tuple(self.get_possible_keys(context)))
        value = None
        for name in known[1]:
            found = get_value(context.obj, name, MISSING)
            if found is not MISSING:
                value = found
                break
        if self.response_transformers:
            path = f"{context.key_path}.{context.key}"
            for end, transform in self.response_transformers.items():
                if path.endswith(end):
                    return transform(value)
        return value

    XFormedAttributePicker.__call__ = pick  # type: ignore[method-assign]


def install(context: Any) -> None:
    from . import execute  # noqa: F401  (imports every service, so that all their clocks are found)

    _remember_regions_per_service()
    _remember_attribute_names()
    _put_our_clock_into_moto(context)


def warm_up() -> None:
    """Loads the service models and makes a network once, so that the first call is as fast as the others."""
    from .execute import HANDLERS
    from .identify import service_model

    for service in HANDLERS:
        service_model(service)
    from moto.ec2.models import ec2_backends

    for account in ACCOUNTS:
        ec2_backends[account]["eu-west-1"].describe_vpcs()


def reset() -> None:
    """Drops every backend; each is made anew when it is first asked for."""
    for backend in list(BackendDict._instances):
        backend.clear()
    BackendDict._instances.clear()
    reset_model_data()
    mock_random.seed(1)
