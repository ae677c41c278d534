"""The stock server, on the same uvicorn settings as the others.

``python -m benchmarks.serving.stock --port N``; the rest stands in its own environment
variables.
"""

import click

from .uvicorn_settings import serve


@click.command()
@click.option("--port", required=True, type=int)
def main(port: int) -> None:
    """Serve what the environment says, on loopback."""
    from lsst.daf.butler.remote_butler.server import create_app

    serve(create_app(), port)


if __name__ == "__main__":
    main()
