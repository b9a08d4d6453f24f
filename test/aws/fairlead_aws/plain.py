"""Serialises an answer made of plain dicts and lists: moto's serializer, which also takes objects, is 20 times slower."""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any
from xml.sax.saxutils import escape

from .errors import NAMESPACES


class NotPlain(Exception):
    """Something in it is an object; moto's serializer knows what to do with it."""


Answer = tuple[int, dict[str, str], bytes]


def serialize_plain(operation: Any, protocol: str, result: Any, request_id: str, namespace: str) -> Answer:
    shape = operation.output_shape
    status = int(operation.http.get("responseCode", 200))
    headers = {"x-amzn-RequestId": request_id}
    result = {} if result is None else result
    if not isinstance(result, dict):
        raise NotPlain
    if protocol in ("json", "rest-json"):
        headers["Content-Type"] = "application/x-amz-json-1.1"
        body = json.dumps(_json(shape, result)) if shape is not None else "{}"
        return status, headers, body.encode()
    headers["Content-Type"] = "text/xml"
    parts: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    name = operation.name
    if protocol == "rest-xml":
        if shape is not None:
            for member, of in shape.members.items():
                if of.serialization.get("location") == "header" and result.get(member) is not None:
                    headers[of.serialization["name"]] = str(result[member])
            parts.append(f'<{shape.name} xmlns="{namespace}">')
            _members(shape, result, parts)
            parts.append(f"</{shape.name}>")
    elif protocol == "ec2":
        parts.append(f'<{name}Response xmlns="{namespace}"><requestId>{request_id}</requestId>')
        if shape is not None:
            _members(shape, result, parts)
        parts.append(f"</{name}Response>")
    else:
        parts.append(f'<{name}Response xmlns="{namespace}">')
        if shape is not None:
            wrapper = shape.serialization.get("resultWrapper", f"{name}Result")
            parts.append(f"<{wrapper}>")
            _members(shape, result, parts)
            parts.append(f"</{wrapper}>")
        parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>")
    return status, headers, "".join(parts).encode()


def namespace_of(service: str, model: Any) -> str:
    return NAMESPACES.get(service) or model.metadata.get("xmlNamespace") or (
        f"http://ec2.amazonaws.com/doc/{model.api_version}/" if service == "ec2" else ""
    )


def _members(shape: Any, value: Any, parts: list[str]) -> None:
    if not isinstance(value, dict):
        raise NotPlain
    for name, of in shape.members.items():
        item = value.get(name)
        if item is None or "location" in of.serialization:
            continue
        _element(of, item, of.serialization.get("name", name), parts)


def _element(shape: Any, value: Any, tag: str, parts: list[str]) -> None:
    kind = shape.type_name
    if kind == "structure":
        parts.append(f"<{tag}>")
        _members(shape, value, parts)
        parts.append(f"</{tag}>")
    elif kind == "list":
        if not isinstance(value, (list, tuple)):
            raise NotPlain
        member = shape.member
        if shape.serialization.get("flattened"):
            for item in value:
                _element(member, item, tag, parts)
            return
        inner = member.serialization.get("name", "member")
        parts.append(f"<{tag}>")
        for item in value:
            _element(member, item, inner, parts)
        parts.append(f"</{tag}>")
    elif kind == "map":
        raise NotPlain
    else:
        parts.append(f"<{tag}>{escape(_scalar(kind, value))}</{tag}>")


def _scalar(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value and value != "false" else "false"
    if kind == "timestamp" and isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if kind == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise NotPlain


def _json(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            raise NotPlain
        return {
            of.serialization.get("name", name): _json(of, value[name])
            for name, of in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [_json(shape.member, item) for item in value]
    if kind == "map":
        return {key: _json(shape.value, item) for key, item in value.items()}
    if kind == "timestamp" and isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return round(aware.timestamp(), 3)
    if kind == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()
    return value
