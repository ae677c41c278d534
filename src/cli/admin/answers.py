"""Shows what servers have done."""

from collections.abc import Sequence

from ...protocol.admin import ServerAnswer
from ..showing import Showing


def show_answers(
    showing: Showing, answers: Sequence[ServerAnswer], silent: Sequence[str]
) -> bool:
    """Show what servers have done, and return whether all of them have."""
    if answers:
        names = list(dict.fromkeys(name for a in answers for name in a.counts))
        showing.table(
            ["server", *names, "ms"],
            (
                [
                    a.server,
                    *(a.counts.get(n, "") for n in names),
                    f"{a.milliseconds:.0f}",
                ]
                for a in answers
            ),
        )
    for answer in answers:
        if answer.detail:
            note = f"{answer.server}: {answer.detail}"
            (showing.line if answer.ok else showing.mishap)(note)
    for server in silent:
        showing.mishap(f"no acknowledgement from {server}")
    return not silent and all(answer.ok for answer in answers)
