import sys
import warnings
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from butlery.client.readers import (
    Label,
    LocalFile,
    Readers,
    ReaderWarning,
    RefusedFormatError,
    StoredFile,
    UnknownReaderError,
)
from butlery.client.readers.shipped import SHIPPED
from tests.client.readers.stock import memory_file

TS = "lsst.ts.observatory.control.utils.extras"
# Formatters of the stock configuration whose files only their own packages can read.
ONLY_WITH_THE_PIPELINES = {
    "lsst.obs.base.formatters.fitsGeneric.FitsGenericFormatter",
    "lsst.pipe.tasks.objectMasks.RegionFileFormatter",
    "lsst.pipe.tasks.healSparseMapping.HealSparseMapFormatter",
    "lsst.pipe.tasks.sspAuxiliaryFile.SSPAuxiliaryFileFormatter",
    "lsst.pipe.base.quantum_graph.formatter.ProvenanceFormatter",
    "lsst.atmospec.formatters.SpectractorSpectrumFormatter",
    "lsst.atmospec.formatters.SpectractorImageFormatter",
    "lsst.atmospec.formatters.SpectractorFitParametersFormatter",
    "lsst.meas.extensions.scarlet.io.ScarletModelFormatter",
    "lsst.cell_coadds.CellCoaddFitsFormatter",
    "lsst.meas.transiNet.modelPackages.NNModelPackageFormatter",
    "lsst.meas.photoz.base.qp_formatter.QPFormatter",
    "lsst.meas.photoz.base.model_formatter.ModelFormatter",
    f"{TS}.vignetting_storage.VignettingCorrectionFormatter",
}


class Named:
    def __init__(self, name: str) -> None:
        self.name = name

    def read(
        self,
        file: StoredFile,  # noqa: ARG002
        *,
        component: str | None,  # noqa: ARG002
        parameters: Mapping[str, Any],  # noqa: ARG002
        as_type: str | None,  # noqa: ARG002
    ) -> str:
        return self.name


def test_the_most_specific_entry_wins() -> None:
    readers = Readers(shipped=False, plugins=False)
    readers.register(Named("class"), storage_class="C")
    readers.register(Named("formatter"), formatter="F")
    readers.register(Named("both"), formatter="F", storage_class="C")
    assert readers.read(memory_file(b"", "F", "C")) == "both"
    assert readers.read(memory_file(b"", "F", "D")) == "formatter"
    assert readers.read(memory_file(b"", "G", "C")) == "class"


def test_a_later_registration_replaces_what_is_shipped(readers: Readers) -> None:
    formatter = "lsst.daf.butler.formatters.json.JsonFormatter"
    readers.register(Named("mine"), formatter=formatter)
    assert readers.read(memory_file(b"{}", formatter)) == "mine"
    assert Readers().read(memory_file(b"{}", formatter)) == {}


def test_a_registration_for_everything_is_refused(readers: Readers) -> None:
    with pytest.raises(ValueError, match="needs a formatter"):
        readers.register(Named("all"))


def test_an_unknown_label_is_an_error_with_remedy_and_file(readers: Readers) -> None:
    file = memory_file(b"content", "some.Formatter", "SomeClass", "a/b.xyz")
    with pytest.raises(UnknownReaderError) as caught:
        readers.read(file)
    error = caught.value
    assert isinstance(error, LookupError)
    assert error.label == Label("some.Formatter", "SomeClass")
    assert error.file.read() == b"content"
    for part in ("some.Formatter", "SomeClass", "a/b.xyz", "register(", "butlery.re"):
        assert part in str(error)


@pytest.mark.parametrize(
    "formatter", ["os.system", "antigravity.fly", "builtins.eval", "../x", "", "a\0b"]
)
def test_a_name_from_a_server_is_never_imported(
    readers: Readers, formatter: str
) -> None:
    before = set(sys.modules)
    with pytest.raises(UnknownReaderError):
        readers.read(memory_file(b"touch pwned", formatter, formatter))
    new = set(sys.modules) - before
    assert not {"antigravity", "webbrowser"} & new
    assert not Path("pwned").exists()


def test_a_pickle_is_refused_under_its_old_and_new_name(readers: Readers) -> None:
    for module in ("pickle", "pickleFormatter"):
        formatter = f"lsst.daf.butler.formatters.{module}.PickleFormatter"
        with pytest.raises(RefusedFormatError, match="use_pipelines"):
            readers.read(memory_file(b"", formatter, "NumpyArray"))


def test_no_two_rows_have_the_same_label() -> None:
    labels = [(row.formatter, row.storage_class) for row in SHIPPED]
    assert len(labels) == len(set(labels))


def test_every_formatter_of_the_installed_daf_butler_is_read_or_known_not_to_be() -> (
    None
):
    folder = resources.files("lsst.daf.butler") / "configs" / "datastores"
    text = (folder / "formatters.yaml").read_text().replace("!include", "")
    known = {row.formatter for row in SHIPPED} | ONLY_WITH_THE_PIPELINES
    assert set(_names(yaml.safe_load(text))) <= known


def _names(config: dict[str, Any]) -> list[str]:
    values = [config.pop("default"), *config.values()]
    names: list[str] = []
    for value in values:
        if isinstance(value, dict):
            names.append(value.get("formatter") or next(iter(value)))
        elif value.startswith("lsst."):
            names.append(value)
    return names


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages: two sound entry points around a broken one."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "sound_plugin.py").write_text(
        "class Reader:\n"
        "    def read(self, file, **_):\n"
        "        return file.read().upper()\n"
        "def first(readers):\n"
        "    readers.register(Reader(), formatter='plug.First')\n"
        "def last(readers):\n"
        "    readers.register(Reader(), formatter='plug.Last')\n"
        "    readers.register(Reader(), formatter='mine')\n"
    )
    info = tmp_path / "plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugins\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[butlery.readers]\n"
        "first = sound_plugin:first\n"
        "broken = sound_plugin:absent\n"
        "last = sound_plugin:last\n"
    )
    return tmp_path


@pytest.mark.usefixtures("packages")
def test_a_broken_entry_point_is_named_and_takes_nothing_from_the_others(
    readers: Readers,
) -> None:
    readers.register(Named("mine"), formatter="mine")
    with pytest.warns(ReaderWarning, match="'broken'.*sound_plugin:absent") as told:
        assert readers.read(memory_file(b"first", "plug.First")) == b"FIRST"
    assert len(told) == 1
    assert readers.read(memory_file(b"last", "plug.Last")) == b"LAST"
    assert readers.read(memory_file(b"", "mine")) == "mine"


@pytest.mark.usefixtures("packages")
def test_entry_points_are_not_loaded_for_labels_that_are_known(
    readers: Readers,
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = memory_file(b"{}", "lsst.daf.butler.formatters.json.JsonFormatter")
        assert readers.read(file) == {}


def test_a_file_on_disk_and_one_in_memory_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"{}")
    label = Label("any", "Any")
    for file in (LocalFile(label, path), LocalFile(label, b"{}", "file.json")):
        with file.open() as handle, file.local() as local:
            assert handle.read() == file.read() == local.read_bytes() == b"{}"
            assert local.suffix == ".json"
        assert file.size == 2
    assert LocalFile(label, path).url == path.as_uri()
    assert list(tmp_path.iterdir()) == [path]
