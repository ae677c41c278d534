"""What the tests of faults have measured is printed at the end."""

from collections.abc import Callable

import pytest

_FIGURES = pytest.StashKey[list[str]]()
Report = Callable[[str], None]


@pytest.fixture
def report(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Report:
    """Keep a figure for the end of the session."""

    def keep(figure: str) -> None:
        record_property("figure", figure)
        line = f"{request.node.name}: {figure}"
        request.config.stash.setdefault(_FIGURES, []).append(line)

    return keep


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if kept := config.stash.get(_FIGURES, []):
        terminalreporter.section("figures of the faults")
        for text in kept:
            terminalreporter.write_line(text)
