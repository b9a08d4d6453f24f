"""The process (real clock)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def test_it_says_when_it_is_ready_and_stops_on_sigterm(tmp_path):
    log = tmp_path / "calls.jsonl"
    command = [sys.executable, "-m", "fairlead_aws", "--port", "0", "--config", '{"buckets": false}', "--log", str(log)]
    environ = {**os.environ, "PYTHONPATH": str(HERE)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
    try:
        line = process.stdout.readline()
        url = re.fullmatch(r"listening (http://127\.0\.0\.1:\d+)\n", line).group(1)
        with urllib.request.urlopen(f"{url}/_fairlead/config") as answer:
            assert json.load(answer)["buckets"] is False
        scope = "AWS4-HMAC-SHA256 Credential=AKIA111111111111/20260101/us-east-1/sts/aws4_request"
        request = urllib.request.Request(
            url, b"Action=GetCallerIdentity&Version=2011-06-15", {"Authorization": scope}
        )
        with urllib.request.urlopen(request) as answer:
            assert b"<Account>111111111111</Account>" in answer.read()
        assert json.loads(log.read_text().splitlines()[0])["operation"] == "GetCallerIdentity"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        process.stdout.close()
