"""A path comes back as it was, whatever was learnt before and after it."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from butlery.cache.index.path_templates import (
    NUMBER,
    WORD,
    PathTemplate,
    TemplateLearner,
    Words,
)
from butlery.cache.index.shapes import FileReader, FileShape
from butlery.protocol.scalars import DataIdValue

TOKENS = ("7", "007", "12", "42", "a", "b7", "LSSTCam", "%s", "R22", "9" * 20, "\u00e9")
PATHS = st.builds(
    lambda tokens, separator: separator.join(tokens),
    st.lists(st.sampled_from(TOKENS), min_size=1, max_size=6),
    st.sampled_from(["/", "_", "//", "%"]),
)
VALUES = st.tuples(st.sampled_from([7, 12, 42]), st.sampled_from(["a", "LSSTCam"]))


def read(
    template: PathTemplate,
    varying: Sequence[int | str],
    values: Sequence[DataIdValue],
    words: Words,
) -> str:
    shape = FileShape(0, "f", "s", None, False, template.text, template.places)
    entry = [0, *values, 5, *varying]
    reader = FileReader(shape, 1 + len(values), list(words))
    assert reader.end == len(entry)
    return reader.read(entry).path


@given(st.lists(st.tuples(PATHS, VALUES), max_size=12))
def test_every_path_comes_back(files: list[tuple[str, tuple[int, str]]]) -> None:
    words = Words()
    learner = TemplateLearner(words)
    learnt = [(path, values, learner.learn(path, values)) for path, values in files]
    for path, values, (template, varying) in learnt:
        assert read(template, varying, values, words) == path


def test_what_is_the_same_is_stored_once() -> None:
    words = Words()
    learner = TemplateLearner(words)
    for visit in (2026010100012, 2026010100345):
        path = f"run/{visit}/{visit % 1000:06}/R22_{visit}_{visit % 1000:06}.fits"
        template, varying = learner.learn(path, (visit, 3))
    assert varying == [345]
    assert (template.count(NUMBER), template.count(WORD)) == (1, 0)
    assert not words


def test_more_than_a_hundred_things_vary() -> None:
    words = Words()
    learner = TemplateLearner(words)
    for first in (0, 1000):
        path = "/".join(f"{first + n:05}" for n in range(130)) + f"/{first:05}"
        template, varying = learner.learn(path, ())
    assert read(template, varying, (), words) == path
    assert len(varying) == 130


def test_words_that_are_too_many_are_stored_themselves() -> None:
    words = Words()
    words.update({f"w{n}": n for n in range(100_000)})
    assert words["one"] == "one"
    assert "one" not in words
