"""What a newcomer can try on a server that has just started."""

import json
from pathlib import Path
from typing import Any

EXAMPLE_FILE = "try-next.json"
"""Beside a demo's ``butler.yaml``: a dataset that a lookup finds."""


def try_next(root: str, label: str, repository: Path) -> str:
    """Return commands and a snippet to copy; the demo's names one of its datasets."""
    url = f"{root}/api/butler/repo/{label}"
    example = _read_example(repository)
    if example is None:
        return (
            "Try next:\n"
            f"  curl {url}/v1/universe\n\n"
            "  from lsst.daf.butler import Butler\n"
            f'  butler = Butler.from_config("{url}")\n'
            '  print(butler.collections.query("*"))\n\n'
            "The stock client wants a token: export BUTLER_RUBIN_ACCESS_TOKEN=anything"
        )
    body = {
        "dataset_type": example["dataset_type"],
        "data_id": example["data_id"],
        "collections": [example["collection"]],
        "timespan": None,
    }
    keys = ", ".join(f"{name}={value!r}" for name, value in example["data_id"].items())
    return (
        "Try next:\n"
        f"  curl -H 'Content-Type: application/json' -d '{json.dumps(body)}' \\\n"
        f"    {url}/v1/find_dataset\n\n"
        "or, with the stock client (export BUTLER_RUBIN_ACCESS_TOKEN=anything):\n\n"
        "  from lsst.daf.butler import Butler\n"
        f'  butler = Butler.from_config("{url}")\n'
        f'  print(butler.get("{example["dataset_type"]}", {keys},\n'
        f'                   collections="{example["collection"]}"))'
    )


def _read_example(repository: Path) -> dict[str, Any] | None:
    try:
        example: dict[str, Any] = json.loads((repository / EXAMPLE_FILE).read_text())
    except (OSError, ValueError):
        return None
    return example
