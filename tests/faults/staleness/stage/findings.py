"""What was seen, and what to think of it when all is over."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .timeline import Timeline
from .users import Subject

_EDGES_MS = (50, 100, 250, 500, 1000, 1500, 2000, 3000)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One answer of one server."""

    server: str
    subject: Subject
    value: str | None
    asked: float
    came: float


@dataclass(slots=True)
class Findings:
    """All answers, and how often there was none."""

    sightings: list[Sighting] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    checked_writes: int = 0
    """Writes after whose bound every server was asked, before the next."""

    def judge(
        self,
        bound_seconds: float,
        *,
        servers: Sequence[str] = (),
        true: Callable[[Subject], Timeline] = lambda subject: subject.timeline,
        asked: Callable[[Sighting], float] = lambda sighting: sighting.asked,
    ) -> "Verdict":
        """Compare every answer with what was true.

        `true` tells what was, where that is not simply what was committed; `asked` when
        a server can first have read a request, where that is not when it was sent.
        """
        verdict = Verdict(self, bound_seconds)
        kept: dict[int, Timeline] = {}
        for sighting in self.sightings:
            if servers and sighting.server not in servers:
                continue
            subject = sighting.subject
            timeline = kept.get(id(subject))
            if timeline is None:
                timeline = kept[id(subject)] = true(subject)
            age = timeline.age(sighting.value, asked(sighting), sighting.came)
            verdict.note(sighting, age)
        return verdict


@dataclass(slots=True)
class Verdict:
    """Ages of answers, and those that must not have been given."""

    findings: Findings
    bound_seconds: float
    ages: list[float] = field(default_factory=list)
    late: list[tuple[float, Sighting]] = field(default_factory=list)
    wrong: list[Sighting] = field(default_factory=list)

    def note(self, sighting: Sighting, age: float | None) -> None:
        if age is None:
            self.wrong.append(sighting)
            return
        self.ages.append(age)
        if age > self.bound_seconds:
            self.late.append((age, sighting))

    def check(self) -> None:
        """See that nothing was older than the bound, wrong, or an error."""
        assert not self.findings.errors, self.findings.errors[:3]
        assert not self.wrong, (len(self.wrong), self.wrong[:3])
        worst = sorted(self.late, key=lambda each: -each[0])[:3]
        assert not self.late, (len(self.late), worst)

    def text(self, name: str) -> str:
        """Return a few lines: how old how many answers were."""
        ages = sorted(self.ages)
        old = [age for age in ages if age > 0]
        refused = sum(self.findings.refused.values())
        counts = (
            f"{name}: {len(ages)} answers, {len(old)} outdated, {len(self.late)} older "
            f"than {self.bound_seconds:g} s, {len(self.wrong)} wrong, "
            f"{refused} refused; {self.findings.checked_writes} writes checked"
        )
        all_, outdated = _quantiles(ages), _quantiles(old)
        shares = f"  age of all: {all_}; of the outdated: {outdated}"
        return "\n".join([counts, shares, *_bars(old)])


def _quantiles(ages: Sequence[float]) -> str:
    if not ages:
        return "none"
    wanted = (("p50", 0.5), ("p99", 0.99), ("longest", 1.0))
    last = len(ages) - 1
    shown = (f"{name} {1000 * ages[int(q * last)]:.0f} ms" for name, q in wanted)
    return ", ".join(shown)


def _bars(ages: Sequence[float]) -> Iterable[str]:
    lower = 0.0
    for upper in (*_EDGES_MS, float("inf")):
        count = sum(lower < 1000 * age <= upper for age in ages)
        if count:
            yield f"  ≤ {upper:>5g} ms {count:>6} {'▪' * (50 * count // len(ages))}"
        lower = upper
