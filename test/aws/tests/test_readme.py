"""What the README says exists, and what exists is in the README (simulated clock)."""

from __future__ import annotations

from pathlib import Path

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()


def test_every_configuration_key_is_explained(aws):
    assert [k for k in aws.control("GET", "config") if f"`{k}`" not in README] == []


def test_every_endpoint_is_explained(aws):
    try:
        aws.control("GET", "there-is-no-such-endpoint")
    except ValueError:
        pass
    known = [f"{method} {path.removeprefix('/_fairlead/')}" for method, path in aws.app.context.endpoints]
    assert [k for k in known if k.lower() not in README.lower()] == []
