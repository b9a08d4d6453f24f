"""The registry of AWS's rules that moto lacks. Each names the AWS document it is from, and has a test."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeVar

RULES: dict[str, dict[str, str]] = {}
F = TypeVar("F", bound=Callable[..., Any])


def rule(rule_id: str, *, doc: str, says: str = "") -> Callable[[F], F]:
    """Registers a rule. `says` is one sentence; the docstring of the function serves when it is left out."""

    def add(fn: F) -> F:
        if rule_id in RULES:
            raise ValueError(f"rule {rule_id} is registered twice")
        text = says or (fn.__doc__ or "").strip().split("\n")[0]
        if not text:
            raise ValueError(f"rule {rule_id} does not say what it is")
        RULES[rule_id] = {"id": rule_id, "doc": doc, "says": text, "where": fn.__module__}
        return fn

    return add


def modules() -> list[Any]:
    """Every module of this package that has an install function, in order of name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [m for m in found if hasattr(m, "install")]
