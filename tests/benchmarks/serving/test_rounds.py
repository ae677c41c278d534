from benchmarks.load.figures import Figures
from benchmarks.serving.rounds import Comparison, Measured
from benchmarks.serving.run import Report
from benchmarks.serving.tables import as_tables


def figures(rate: float, cpu: float | None, own_cpu: float = 10) -> Figures:
    return Figures(16, round(rate), 0, 1.0, rate, 1.0, 2.0, own_cpu, cpu)


def test_only_neighbours_are_compared() -> None:
    # The machine slows down tenfold between the turns: the ratio does not move.
    turns = [(figures(r / 2, 200 / r), figures(r, 100 / r)) for r in (1, 10, 100)]
    comparison = Comparison("find_dataset", turns)
    assert comparison.rate_ratio == 0.5
    assert comparison.extra_cpu_us == 10


def test_cpu_time_that_is_unknown_is_left_out() -> None:
    turns = [(figures(50, None), figures(100, None))]
    report = Report([], Comparison("find_dataset", turns), {})
    assert Comparison("find_dataset", turns).extra_cpu_us is None
    notes = as_tables(report)[1].notes
    assert notes == ("Butlery answers at 50% of the empty server's rate.",)


def test_busy_generator_is_owned_up_to() -> None:
    def notes(own_cpu: float) -> str:
        measured = [Measured("universe", figures(10_000, 50, own_cpu))]
        return " ".join(as_tables(Report(measured, None, {"universe": 1}))[0].notes)

    assert "busy" not in notes(own_cpu=40)
    assert "up to 60% busy" in notes(own_cpu=60)
