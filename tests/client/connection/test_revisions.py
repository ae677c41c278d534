"""No server shows a user less than another has shown."""

from butlery.client.connection.revisions import Revisions


def test_the_newest_answer_is_asked_for() -> None:
    revisions = Revisions()
    assert revisions.wanted == ""
    revisions.saw({"butlery-revision": "a"}, asked="")
    revisions.saw({"butlery-revision": "b"}, asked="a")
    assert revisions.wanted == "b"


def test_answers_out_of_order_are_all_asked_for_until_one_covers_them() -> None:
    revisions = Revisions()
    revisions.saw({"butlery-revision": "a"}, asked="")
    asked = revisions.wanted
    revisions.saw({"butlery-revision": "c"}, asked)
    revisions.saw({"butlery-revision": "b"}, asked)
    assert revisions.wanted == "c b"
    revisions.saw({"butlery-revision": "d"}, asked="c b")
    assert revisions.wanted == "d"


def test_an_answer_that_says_the_same_changes_nothing() -> None:
    revisions = Revisions()
    revisions.saw({"butlery-revision": "a"}, asked="")
    revisions.saw({"butlery-revision": "a"}, asked="a")
    revisions.saw({}, asked="a")
    assert revisions.wanted == "a"


def test_what_is_no_token_is_not_sent_back() -> None:
    revisions = Revisions()
    for nonsense in ("a b", "x" * 10_000, ""):
        revisions.saw({"butlery-revision": nonsense}, asked="")
    assert revisions.wanted == ""


def test_no_more_are_kept_than_a_server_takes() -> None:
    revisions = Revisions()
    for number in range(100):
        revisions.saw({"butlery-revision": f"t{number}"}, asked="")
    assert revisions.wanted.split() == [f"t{n}" for n in range(92, 100)]
