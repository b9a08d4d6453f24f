"""Parameter validation from botocore's service models, answered the way each service does."""

from __future__ import annotations

import functools
import re
from typing import Any

from .context import Call
from .errors import AwsError
from .identify import service_model

# The code a service answers a violated constraint with.
CODES = {
    "elbv2": "ValidationError",
    "sts": "ValidationError",
    "iam": "ValidationError",
    "acm": "ValidationException",
    "route53": "InvalidInput",
    "resourcegroupstaggingapi": "InvalidParameterException",
}


def validate(call: Call) -> None:
    shape = service_model(call.service).operation_model(call.operation).input_shape
    if shape is None:
        return
    problems: list[tuple[str, str, Any, str]] = []
    _check(shape, call.params, "", problems)
    if not problems:
        return
    if call.service == "ec2":
        raise _ec2_error(problems[0])
    lines = "; ".join(
        f"Value {_shown(value)} at '{path}' failed to satisfy constraint: {text}"
        for _, path, value, text in problems
    )
    count = len(problems)
    noun = "error" if count == 1 else "errors"
    raise AwsError(CODES.get(call.service, "ValidationError"), f"{count} validation {noun} detected: {lines}")


def _ec2_error(problem: tuple[str, str, Any, str]) -> AwsError:
    kind, path, value, text = problem
    name = path[:1].upper() + path[1:]
    if kind == "required":
        return AwsError("MissingParameter", f"The request must contain the parameter {name}")
    return AwsError("InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. {text}")


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return "'[" + ", ".join(str(v) for v in value) + "]'"
    if isinstance(value, (bytes, bytearray)):
        return "'java.nio.HeapByteBuffer'"
    return f"'{value}'"


def _lower(name: str) -> str:
    """certificateArn of CertificateArn; DNSName stays."""
    return name[0].lower() + name[1:] if len(name) > 1 and name[1].islower() else name


def _check(shape: Any, value: Any, path: str, problems: list[tuple[str, str, Any, str]]) -> None:
    kind = shape.type_name
    if kind == "structure":
        for name in shape.required_members:
            if not isinstance(value, dict) or value.get(name) is None:
                at = f"{path}.{_lower(name)}" if path else _lower(name)
                problems.append(("required", at, None, "Member must not be null"))
        if isinstance(value, dict):
            members = shape.members
            for name, item in value.items():
                if item is not None and name in members:
                    _check(members[name], item, f"{path}.{_lower(name)}" if path else _lower(name), problems)
    elif kind == "list":
        _length(shape, value, len(value), path, problems)
        for i, item in enumerate(value):
            _check(shape.member, item, f"{path}.{i + 1}.member", problems)
    elif kind == "map":
        _length(shape, value, len(value), path, problems)
        for key, item in value.items():
            _check(shape.key, key, f"{path}.{key}.key", problems)
            _check(shape.value, item, f"{path}.{key}.member", problems)
    elif kind == "string":
        if not isinstance(value, str):
            return
        _length(shape, value, len(value), path, problems)
        enum = shape.enum
        if enum and value not in enum:
            values = ", ".join(enum)
            problems.append(("enum", path, value, f"Member must satisfy enum value set: [{values}]"))
        pattern = shape.metadata.get("pattern")
        if pattern:
            compiled = _compile(pattern)
            if compiled is not None and not compiled.fullmatch(value):
                problems.append(
                    ("pattern", path, value, f"Member must satisfy regular expression pattern: {pattern}")
                )
    elif kind == "blob":
        if isinstance(value, (bytes, bytearray, str)):
            _length(shape, value, len(value), path, problems)
    elif kind in ("integer", "long", "float", "double") and isinstance(value, (int, float)):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and value < low:
            text = f"Member must have value greater than or equal to {low}"
            problems.append(("range", path, value, text))
        if high is not None and value > high:
            text = f"Member must have value less than or equal to {high}"
            problems.append(("range", path, value, text))


def _length(shape: Any, value: Any, length: int, path: str, problems: list[Any]) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        text = f"Member must have length greater than or equal to {low}"
        problems.append(("length", path, value, text))
    if high is not None and length > high:
        text = f"Member must have length less than or equal to {high}"
        problems.append(("length", path, value, text))


@functools.cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    """The models hold Java's patterns; the few that Python cannot read (\\p{...}) are not checked."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
