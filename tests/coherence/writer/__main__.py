"""The writing process: reads commands from its input, answers each line.

Started as ``python -m tests.coherence.writer REPOSITORY``. A line of input is a list
of commands; a line of output is null when all are committed, or what went wrong.
"""

import json
import sys
import traceback

from lsst.daf.butler import Butler

from .commands import Commands


def main() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # nothing that a library prints may look like an answer
    with Butler.from_config(sys.argv[1], writeable=True) as butler:
        commands = Commands(butler)
        print("null", file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(_answer(commands, line)), file=answers, flush=True)


def _answer(commands: Commands, line: str) -> str | None:
    try:
        for command in json.loads(line):
            commands.run(command)
    except Exception:  # noqa: BLE001 - it belongs to whoever sent the command
        return traceback.format_exc()
    return None


if __name__ == "__main__":
    main()
