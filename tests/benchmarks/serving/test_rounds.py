from pathlib import Path

import pytest

from benchmarks.load.figures import Figures
from benchmarks.serving import rounds
from benchmarks.serving.outcome import Report
from benchmarks.serving.process import Server
from benchmarks.serving.rounds import Contest, Spread
from benchmarks.serving.servers import ASGI, COLD, LITESTAR, STOCK, WARM
from benchmarks.serving.tables import as_tables


def figures(rate: float, cpu: float | None, own_cpu: float = 10) -> Figures:
    return Figures(16, round(rate), 0, 1.0, rate, 1.0, 2.0, own_cpu, cpu)


def contest(*turns: tuple[Figures, Figures]) -> Contest:
    pairs = [
        {WARM.name: ours, STOCK: stock, LITESTAR: stock, ASGI: stock}
        for ours, stock in turns
    ]
    return Contest("find_dataset", 16, pairs)


def test_only_neighbours_are_compared() -> None:
    # The machine slows down tenfold between the turns: the ratio does not move.
    turns = [(figures(r / 2, 200 / r), figures(r, 100 / r)) for r in (1, 10, 100)]
    assert contest(*turns).rate_ratio(WARM.name, STOCK) == Spread(0.5, 0.5, 0.5)
    assert contest(*turns).cpu_ratio(WARM.name, STOCK) == Spread(2, 2, 2)


def test_spread_is_of_all_pairs() -> None:
    turns = [(figures(ours, 1), figures(10, 1)) for ours in (30, 10, 20)]
    assert contest(*turns).rate_ratio(WARM.name, STOCK) == Spread(1, 2, 3)


def test_typical_round_is_that_of_the_median_rate() -> None:
    turns = [(figures(ours, 1), figures(10, 1)) for ours in (30, 10, 20)]
    assert contest(*turns).typical(WARM.name).requests_per_second == 20


def test_cpu_time_that_is_unknown_is_left_out() -> None:
    unknown = contest((figures(50, None), figures(100, 1)))
    assert unknown.cpu_ratio(WARM.name, STOCK) is None


def test_server_that_answers_seldom_is_given_longer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lasted: list[float] = []

    def run(server: Server, file: Path, connections: int, seconds: float) -> Figures:
        del server, file, connections
        lasted.append(seconds)
        return figures(10 * seconds, 1)

    monkeypatch.setattr(rounds, "_run_generator", run)
    server = Server("slow", "http://127.0.0.1:9", 1)
    assert rounds.load(server, tmp_path, 16, 2.0).requests == 80
    assert rounds.load(server, tmp_path, 1, 2.0).requests == 20
    assert lasted == [2, 8, 2]


def test_server_that_never_answers_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rounds, "_run_generator", lambda *_: figures(0, None))
    with pytest.raises(RuntimeError, match="mute did not answer"):
        rounds.load(Server("mute", "http://127.0.0.1:9", 1), tmp_path, 16, 2.0)


def test_busy_generator_is_owned_up_to() -> None:
    def notes(own_cpu: float) -> str:
        found = contest((figures(10_000, 50, own_cpu), figures(10, 50)))
        counts = {name: {"find_dataset": 0.0} for name in (STOCK, WARM.name, COLD.name)}
        cold = Contest(
            "find_dataset", 16, [{COLD.name: figures(9, 1), STOCK: figures(1, 1)}]
        )
        report = Report(
            16, [found], [cold], [], [], [], [], counts, {"find_dataset": 1}
        )
        return " ".join(as_notes(report))

    assert "busy" not in notes(own_cpu=40)
    assert "up to 60% busy" in notes(own_cpu=60)


def as_notes(report: Report) -> list[str]:
    return [note for table in as_tables(report) for note in table.notes]
