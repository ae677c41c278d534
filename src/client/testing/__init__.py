"""A Butler server for tests: real HTTP, contents in memory, the standard library alone.

``pytest`` finds the fixture ``butlery_server`` by itself; anything else uses
`FakeButlerServer`. It answers as a Butler server does what the client's lookups and
downloads ask; it has RUN and CHAINED collections, and no query language::

    def test_notes_are_read(butlery_server):
        butlery_server.add_dataset_type("note", ["instrument"], "StructuredDataDict")
        butlery_server.add_dataset("note", {"instrument": "Cam"}, "run", {"a": 1})
        butlery_server.fail_next(503, retry_after=0)
        with Butler(butlery_server.url, collections="run") as butler:
            assert butler.find_dataset("note", instrument="Cam").run == "run"
        assert butlery_server.requests[-1].path.endswith("/find_dataset")
"""

from .server import Asked, FakeButlerServer

__all__ = ["Asked", "FakeButlerServer"]
