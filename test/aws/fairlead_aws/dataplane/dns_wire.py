"""DNS messages, as far as a stub resolver needs them (RFC 1035): one question in, its answers out."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 15: "MX", 16: "TXT", 28: "AAAA", 257: "CAA"}
NUMBERS = {name: number for number, name in TYPES.items()}
RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4}


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """A question's name; names in questions are not compressed."""
    labels = []
    while length := message[at]:
        if length & 0xC0:
            raise ValueError("compressed name in a question")
        labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return ".".join(labels) + ".", at + 1


def write_name(name: str) -> bytes:
    labels = [part.encode("ascii") for part in name.rstrip(".").split(".") if part]
    return b"".join(bytes([len(part)]) + part for part in labels) + b"\0"


def _strings(value: str) -> bytes:
    """Character strings in quotes, as Route53 writes TXT."""
    found, text, inside = [], "", False
    for char in value:
        if char == '"':
            if inside:
                found.append(text)
                text = ""
            inside = not inside
        elif inside:
            text += char
    parts = [s.encode("latin-1") for s in found or [value]]
    return b"".join(bytes([len(p)]) + p for p in parts)


def write_data(kind: str, value: str) -> bytes:
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind in ("CNAME", "NS"):
        return write_name(value)
    if kind == "TXT":
        return _strings(value)
    if kind == "MX":
        preference, name = value.split()
        return struct.pack("!H", int(preference)) + write_name(name)
    if kind == "SOA":
        server, person, *numbers = value.split()
        return write_name(server) + write_name(person) + struct.pack("!5I", *map(int, numbers))
    flags, tag, text = value.split(" ", 2)
    return bytes([int(flags), len(tag)]) + tag.encode() + text.strip('"').encode()


def question(message: bytes) -> tuple[int, str, int, bytes]:
    """(id, name, type number, the question as it came)"""
    identity, _flags, count = struct.unpack("!HHH", message[:6])
    if count != 1:
        raise ValueError("not exactly one question")
    name, end = read_name(message, 12)
    number, _class = struct.unpack("!HH", message[end : end + 4])
    return identity, name, number, message[12 : end + 4]


def answer(identity: int, asked: bytes, rcode: str, records: list[dict[str, Any]]) -> bytes:
    known = [r for r in records if r["type"] in NUMBERS]
    head = struct.pack("!HHHHHH", identity, 0x8180 | RCODES[rcode], 1, len(known), 0, 0)
    body = b""
    for record in known:
        data = write_data(record["type"], record["value"])
        body += (
            write_name(record["name"])
            + struct.pack("!HHIH", NUMBERS[record["type"]], 1, int(record["ttl"] or 0), len(data))
            + data
        )
    return head + asked + body
