"""The PostgreSQL of the tests itself behaves: it follows, dies and returns."""

from concurrent.futures import ThreadPoolExecutor

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import is_alive


def test_new_database_has_what_a_registry_needs(postgres: PostgresCluster) -> None:
    url = postgres.create_database("harness_new")
    assert url == postgres.url("harness_new")
    rows = postgres.execute("SELECT extname FROM pg_extension", database="harness_new")
    assert ("btree_gist",) in rows


def test_standby_follows_and_can_be_frozen(postgres: PostgresCluster) -> None:
    postgres.create_database("harness_standby")
    postgres.execute("CREATE TABLE t (i int)", database="harness_standby")
    standby = postgres.make_standby()
    try:
        assert standby.execute("SELECT pg_is_in_recovery()") == [(True,)]
        postgres.execute("INSERT INTO t VALUES (1)", database="harness_standby")
        standby.wait_for_replay()
        count = "SELECT count(*) FROM t"
        assert standby.execute(count, database="harness_standby") == [(1,)]

        standby.pause_replay()
        postgres.execute("INSERT INTO t VALUES (2)", database="harness_standby")
        assert standby.execute(count, database="harness_standby") == [(1,)]
        standby.resume_replay()
        standby.wait_for_replay()
        assert standby.execute(count, database="harness_standby") == [(2,)]
    finally:
        standby.stop()


def test_killed_cluster_returns_on_its_port_with_its_data() -> None:
    cluster = PostgresCluster.start()
    try:
        cluster.execute("SET synchronous_commit = on; CREATE TABLE t (i int)")
        url = cluster.url()
        with psycopg.connect(url) as connection:
            backend = psutil.Process(connection.info.backend_pid)
            cluster.kill()
            assert not is_alive(backend)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        cluster.restart()
        assert cluster.url() == url
        assert cluster.execute("SELECT count(*) FROM t") == [(0,)]
    finally:
        cluster.stop()
    assert not cluster._home.exists()


def test_suspended_cluster_answers_after_it_is_resumed() -> None:
    cluster = PostgresCluster.start()
    try:
        with ThreadPoolExecutor() as threads:
            cluster.suspend()
            answer = threads.submit(cluster.execute, "SELECT 2")
            with pytest.raises(TimeoutError):
                answer.result(0.3)
            cluster.resume()
            assert answer.result(10) == [(2,)]
    finally:
        cluster.stop()
