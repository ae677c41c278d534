"""What can stop a demo build before it starts. Each message carries its remedy."""

from pathlib import Path


class DemoExtraMissingError(ImportError):
    """A package of the ``demo`` extra cannot be imported.

    Parameters
    ----------
    module
        Name of the module that could not be imported.
    """

    def __init__(self, module: str) -> None:
        super().__init__(
            f"The demo repository needs {module}, which cannot be imported: "
            "run pip install 'butlery[demo]'",
            name=module,
        )


class RepositoryExistsError(FileExistsError):
    """The folder for the demo repository is taken; nothing in it was touched.

    Parameters
    ----------
    root
        Folder that was asked for.
    """

    def __init__(self, root: Path) -> None:
        state = (
            "already is a Butler repository"
            if is_repository(root)
            else "is not an empty folder"
        )
        super().__init__(f"{root} {state}: name another folder, or remove it first")


def is_repository(root: Path) -> bool:
    """Return whether the folder looks like the root of a Butler repository.

    Parameters
    ----------
    root
        Folder to look into.
    """
    return (root / "butler.yaml").exists()
