"""Starts the nursery of a web process: ``python -m butlery.queries DESCRIPTOR …``."""

import argparse
import socket

from .life import Life
from .nursery import Nursery


def main() -> None:
    """Fork workers until the web process closes its end of the socket."""
    parser = argparse.ArgumentParser(prog="butlery.queries")
    parser.add_argument("descriptor", type=int)
    parser.add_argument("--statement-timeout-seconds", type=float, required=True)
    parser.add_argument("--worker-queries", type=int, required=True)
    parser.add_argument("--worker-bytes", type=int, required=True)
    arguments = parser.parse_args()
    life = Life(
        arguments.statement_timeout_seconds,
        arguments.worker_queries,
        arguments.worker_bytes,
    )
    with socket.socket(fileno=arguments.descriptor) as commands:
        Nursery(commands, life).run()


if __name__ == "__main__":
    main()
