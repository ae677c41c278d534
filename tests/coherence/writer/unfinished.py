"""A process that is in the middle of a large SQLite transaction until it is killed.

Started as ``python -m tests.coherence.writer.unfinished DATABASE COLLECTION``. Its
page cache is tiny, so that changed pages are in the database file already, and the
old ones only in the journal: whoever reads next has to roll them back.
"""

import sqlite3
import sys
import time

DOC = "never committed"
_ROWS = 2000


def main() -> None:
    path, name = sys.argv[1:]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 5")
    connection.execute("PRAGMA cache_spill = ON")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE collection SET doc = ? WHERE name = ?", (DOC, name))
    connection.execute("CREATE TABLE w_filling (text TEXT)")
    rows = [("x" * 1000,)] * _ROWS
    connection.executemany("INSERT INTO w_filling VALUES (?)", rows)
    sys.stdout.write("unfinished\n")
    sys.stdout.flush()
    time.sleep(3600)


if __name__ == "__main__":
    main()
