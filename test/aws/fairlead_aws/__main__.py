"""python -m fairlead_aws --port 0 [--clock real|simulated] [--clock-file FILE] [--config JSON] [--log FILE]"""

from __future__ import annotations

import argparse
import signal
import sys
import threading


def main() -> int:
    parser = argparse.ArgumentParser(prog="fairlead_aws", description="An AWS stand-in with AWS's rules.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--clock", choices=("real", "simulated"), default="real")
    parser.add_argument("--clock-file", default=None, help="where the simulated clock is told its time; see clock.py")
    parser.add_argument("--config", default=None, help="JSON; see README.md")
    parser.add_argument("--log", default=None, help="append each call as a JSON line to this file")
    args = parser.parse_args()

    from .app import App
    from .server import parse_config, ready_line, serve

    log = open(args.log, "a", encoding="utf-8") if args.log else None  # noqa: SIM115
    server = serve(App(args.clock, parse_config(args.config), log, args.clock_file), args.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown waits for serve_forever, which this very thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(ready_line(server), flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
