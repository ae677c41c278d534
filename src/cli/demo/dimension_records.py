"""Real dimension records, from the exports that ``lsst-daf-butler`` ships.

Four of them combine without a conflict, and each adds something:

- ``lsstcam-subset``: a night of LSSTCam, with exposures, groups, visits and regions;
- ``ci_hsc-subset``: eleven HSC visits of two nights, with detector regions;
- ``hsc-rc2-subset-v0``: HSC patches of two tracts and the visits on them, and the
  exposure of one of the visits above. It is an export of an old dimension universe,
  so its nights carry no time span, as in a repository with a long history;
- ``ci_hsc-subset-skymap``: the tract under the visits of ``ci_hsc-subset``.

The order matters where HSC appears twice (the instrument, a night, a detector): the
first record wins, and the one from the newer universe is the more complete.

The datasets that two of the exports list are left out, because their files are not
shipped and their Python types come with the Science Pipelines only.
"""

import io
import re
import warnings
from importlib.resources import files

from lsst.daf.butler import Butler

EXPORTS = (
    "lsstcam-subset",
    "ci_hsc-subset",
    "hsc-rc2-subset-v0",
    "ci_hsc-subset-skymap",
)

_SECTION = re.compile(r"(?m)^(?= *- type: )")
_DIMENSION_SECTION = re.compile(r" *- type: dimension$", re.MULTILINE)


def import_dimension_records(butler: Butler) -> None:
    """Import the dimension records of the shipped exports.

    Parameters
    ----------
    butler
        Writeable client of an empty repository.
    """
    folder = files("lsst.daf.butler") / "tests" / "registry_data"
    with warnings.catch_warnings():
        # The nights without time spans are described above.
        warnings.filterwarnings("ignore", message="Constructing day_obs records")
        for export in EXPORTS:
            text = (folder / f"{export}.yaml").read_text(encoding="utf-8")
            records = io.StringIO(_dimension_part(text))
            butler.import_(filename=records, format=".yaml", without_datastore=True)


def _dimension_part(text: str) -> str:
    header, *sections = _SECTION.split(text)
    return header + "".join(filter(_DIMENSION_SECTION.match, sections))
