"""Each registered rule names its AWS document, and a test names the rule (as RULE_ID with _ or -)."""

from __future__ import annotations

from pathlib import Path


def test_every_rule_has_a_test_and_a_document(aws):
    text = "\n".join(p.read_text() for p in Path(__file__).parent.glob("test_*.py") if p != Path(__file__))
    text = text.replace("_", "-").lower()
    rules = aws.control("GET", "rules")
    assert len(rules) > 10
    untested = [r["id"] for r in rules if r["id"].replace("_", "-").lower() not in text]
    assert untested == []
    undocumented = [r["id"] for r in rules if not r["doc"].startswith("https://")]
    assert undocumented == []
