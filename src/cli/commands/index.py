"""``butlery index``: files of what is permanent, made, checked and brought around."""

import click

from .index_build import build
from .index_list import list_, verify
from .index_transfer import pull, push


@click.group(short_help="Compile what is permanent into files that servers map.")
def index() -> None:
    """Compile what is permanent into files that servers map.

    A server that has one answers from it without the database. DIR is the folder of
    such files, the server's index.folder; LOCATION, from which other machines fetch
    them, is a folder or s3://[PROFILE@]BUCKET/PREFIX. NAME is a file's name without
    suffix, the beginning of its digest, or "newest".
    """


for command in (build, verify, list_, push, pull):
    index.add_command(command)
