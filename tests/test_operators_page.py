"""The page for operators names every event of the log and every metric."""

import re
from pathlib import Path

from butlery.server.config import QuerySettings
from butlery.server.metrics import collect
from butlery.server.queries import QueryPool, collect_queries
from butlery.server.tally import Tally

_HERE = Path(__file__).parent.parent
_PAGE = (_HERE / "docs" / "operators.md").read_text()
_CALL = re.compile(
    r"logger\.(info|warning|error|exception)\(\s*\"([a-z-]+)\"", re.MULTILINE
)


def test_every_event_of_the_log_is_on_the_page() -> None:
    sources = (_HERE / "src").rglob("*.py")
    found = {name for s in sources for _, name in _CALL.findall(s.read_text())}
    assert len(found) > 15
    assert {name for name in found if f"`{name}`" not in _PAGE} == set()


def test_every_metric_is_on_the_page() -> None:
    families = (*collect({}, Tally(), {}), *collect_queries(QueryPool(QuerySettings())))
    ours = {metric.name for metric in families}
    names = {n.removeprefix("butlery_") for n in ours if n.startswith("butlery_")}
    assert len(names) > 15
    missing = {
        n for n in names if f"`{n}`" not in _PAGE and f"`{n}_total`" not in _PAGE
    }
    assert missing == set()
