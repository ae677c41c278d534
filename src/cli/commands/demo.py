"""``butlery demo``: a small repository with real data to try things on."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from .try_next import EXAMPLE_FILE


@click.command(short_help="Build a small demo repository.")
@click.argument("root", type=click.Path(path_type=Path))
def demo(root: Path) -> None:
    """Build a demo repository in the new folder ROOT.

    It has dimension records of LSSTCam and HSC, and a few dozen datasets with real
    files that lsst-daf-butler reads back as Python objects. Needs the extra
    butlery[demo].
    """
    from rich.console import Console

    from ..demo import DemoExtraMissingError, RepositoryExistsError, build_demo

    console = Console(highlight=False, stderr=True)
    try:
        with console.status("Building the demo repository") as status:
            summary = build_demo(root, progress=status.update)
    except (DemoExtraMissingError, RepositoryExistsError) as error:
        click.echo(f"butlery: {error}", err=True)
        sys.exit(1)
    example = asdict(summary.example)
    example["data_id"] = dict(example["data_id"])
    (root / EXAMPLE_FILE).write_text(json.dumps(example, indent=1))
    console.print(
        f"[bold]{root}[/bold]: {summary.datasets} datasets of {summary.dataset_types} "
        f"types with {summary.files} files in {summary.collections} collections"
    )
