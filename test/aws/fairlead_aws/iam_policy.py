"""IAM policies: whether one statement allows what a call asks for. Allow statements on all resources alone, as Fairlead's are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Keys = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Ask:
    """One permission that a call needs: an action, and the condition keys that AWS knows then; None: it does not come to that."""

    action: str
    keys: Keys | None = dataclasses.field(default_factory=dict)


def _null(given: Keys, key: str, wanted: list[str]) -> bool:
    return any((key not in given) == (value == "true") for value in wanted)


def _equals(given: Keys, key: str, wanted: list[str]) -> bool:
    # A key that is not there equals nothing.
    return key in given and given[key] in wanted


OPERATORS: dict[str, Callable[[Keys, str, list[str]], bool]] = {"Null": _null, "StringEquals": _equals}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def check_policy(policy: dict[str, Any]) -> None:
    """Refuses what `allows` cannot judge, so that nothing is taken for allowed or denied by mistake."""
    for statement in _list(policy["Statement"]):
        unknown = set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}
        if unknown or statement["Effect"] != "Allow" or statement["Resource"] != "*":
            raise ValueError(f"only statements that allow something on all resources are known: {statement}")
        for operator in statement.get("Condition", {}):
            if operator not in OPERATORS:
                raise ValueError(f"{operator} is not known")


def allows(policies: Iterable[dict[str, Any]], ask: Ask) -> bool:
    return any(_allows(statement, ask) for policy in policies for statement in _list(policy["Statement"]))


def _allows(statement: dict[str, Any], ask: Ask) -> bool:
    if not any(fnmatchcase(ask.action.lower(), action.lower()) for action in _list(statement["Action"])):
        return False
    return ask.keys is None or all(
        OPERATORS[operator](ask.keys, key, [str(one) for one in _list(wanted)])
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )
