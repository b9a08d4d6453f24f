"""Names as Route53 keeps them: lower case, trailing dot, escapes, order by reversed labels."""

from __future__ import annotations

import re

from ..errors import AwsError
from . import rule

FORMAT = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"
LIST = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"
ESCAPE = re.compile(r"\\([0-7]{3})")
PLAIN = re.compile(r"[a-z0-9_\-.]")
PRINTABLE = re.compile(r"[\x21-\x7e]")


def fatal(code: str, text: str, value: str) -> str:
    return f"FATAL problem: {code} ({text}) encountered with '{value}'"


def name_problem(name: str) -> str | None:
    """What is wrong with a name, in Route53's words."""
    text = ESCAPE.sub("x", name)
    if any(not PRINTABLE.match(c) for c in text):
        return fatal("UnsupportedCharacter", "Value contains unsupported characters", name)
    labels = (text[:-1] if text.endswith(".") else text).split(".")
    if any(label == "" for label in labels):
        return fatal("DomainLabelEmpty", "Domain label is empty", name)
    if any(len(label) > 63 for label in labels):
        return fatal("DomainLabelTooLong", "Domain label is too long", name)
    if len(text.rstrip(".")) > 255:
        return fatal("DomainNameTooLong", "Domain name is too long", name)
    return None


@rule("R53-NAMES", doc=FORMAT, says="Labels of 1 to 63 characters, names of 255, no empty label, no blank.")
def check_name(name: str, code: str = "InvalidInput") -> None:
    problem = name_problem(name)
    if problem:
        raise AwsError(code, problem)


@rule("R53-LOWER-CASE", doc=FORMAT, says="Names are kept in lower case, with a trailing dot, whatever was sent.")
def canonical(name: str) -> str:
    """Unescaped, lower case, trailing dot: the key a record is kept under."""
    plain = ESCAPE.sub(lambda m: chr(int(m.group(1), 8)), name).lower()
    return plain if plain.endswith(".") else plain + "."


@rule("R53-ESCAPES", doc=FORMAT, says="Characters beyond a-z 0-9 - _ . come back as octal escapes; * is \\052.")
def shown(name: str) -> str:
    return "".join(c if PLAIN.match(c) else f"\\{ord(c):03o}" for c in name)


@rule("R53-ORDER", doc=LIST, says="Record sets are listed by name with labels reversed, with its dot, then by type.")
def order(name: str) -> str:
    labels = name[:-1].split(".")
    return ".".join(reversed(labels)) + "."


def within(name: str, zone: str) -> bool:
    return name == zone or name.endswith("." + zone)
