"""The trigger functions, as PL/pgSQL.

None may ever make a Butler's write fail: whatever goes wrong in one is caught, and
"everything" is told instead. None touches a row. They run with the rights of the
writer (SECURITY INVOKER): all they need is to read ``dataset``, and to put triggers on
a table that this writer has just made and therefore owns. So there is nothing for
which a definer's rights would have to be lent, and names that a writer's
``search_path`` could redirect are qualified.

Two failures no function can catch, because they come at commit: a full queue (8 GB
that some listener of the cluster does not read), and ``PREPARE TRANSACTION``, which
refuses to go with notifications (daf_butler does not use it).
"""

from collections.abc import Mapping

from ..schema import Schema
from . import tables
from .messages import MAX_BYTES, channel_of, encode
from .sql import literal, namespace_of, qualified
from .triggers import create_triggers

_COLLECTIONS_PER_MESSAGE = 50

# Files are inserted row by row, so every microsecond counts. The look whether there
# are rows stands outside the exception block, because that is a subtransaction; so
# does pg_notify, which cannot fail here, and whose list would be merged each time.
_FRAME = """
DECLARE
  item text;
  items text[] := '{{}}';
  span record;
BEGIN
  IF NOT EXISTS (SELECT FROM butlery_rows) THEN
    RETURN NULL;
  END IF;
  BEGIN
{body}
  EXCEPTION WHEN OTHERS THEN
    items := ARRAY[{failure}];
  END;
  FOREACH item IN ARRAY items LOOP
    PERFORM pg_catalog.pg_notify({channel}, CASE
      WHEN pg_catalog.octet_length(item) > {max_bytes} THEN {everything} ELSE item END);
  END LOOP;
  RETURN NULL;
END
"""

# One collection and one dataset type is the common case, and cheaper than the general.
_NAMED = """
    SELECT pg_catalog.min({key}) AS collection, pg_catalog.max({key}) AS last,
      pg_catalog.min(dataset_type_id) AS type, pg_catalog.max(dataset_type_id) AS
      last_type, pg_catalog.bool_or({key} IS NULL) AS unknown
    INTO span FROM {source};
    IF span.unknown THEN
      items := ARRAY[{everything}];
    ELSIF span.collection = span.last AND span.type = span.last_type THEN
      items := ARRAY['{{"collections":[' || pg_catalog.to_json(span.collection)::text
        || '],"dataset_types":[' || span.type || '],"new_datasets":'
        || {new}::text || '}}'];
    ELSE
      WITH named AS (
        SELECT DISTINCT {key} AS collection, dataset_type_id AS type FROM {source}
      ), numbered AS (
        SELECT collection, type,
          (pg_catalog.dense_rank() OVER (ORDER BY collection) - 1) / {size} AS piece
        FROM named
      ), pieces AS (
        SELECT pg_catalog.json_build_object(
          'collections', pg_catalog.json_agg(DISTINCT collection),
          'dataset_types', pg_catalog.json_agg(DISTINCT type),
          'new_datasets', {new}
        )::text AS piece
        FROM numbered GROUP BY numbered.piece
      )
      SELECT coalesce(pg_catalog.array_agg(piece), items) INTO items FROM pieces;
    END IF;
"""

# Files whose dataset cannot be seen. When they go, it went before them and was named
# then. When they come, another writer may have it in an open transaction: if that one
# commits first, only this one can tell that its files came later, but not whose they
# are (NULL, which is then `unknown`).
_FILES = (
    "butlery_rows r LEFT JOIN {dataset} d ON d.id = r.dataset_id"
    " WHERE d.id IS NOT NULL OR TG_OP <> 'DELETE'"
)

_EQUIP = """
    FOR item IN {tables} LOOP
      CONTINUE WHEN item IS NULL OR EXISTS (
        SELECT FROM pg_catalog.pg_trigger t
        WHERE t.tgname = {mark} AND t.tgrelid = pg_catalog.to_regclass(
          pg_catalog.format('%I.%I', {namespace}, item))
      );
      EXECUTE pg_catalog.format($butlery$
{statements}
      $butlery$, {namespace}, item);
    END LOOP;
"""

# Nothing in these can fail.
_FIXED = """
BEGIN
  IF EXISTS (SELECT FROM butlery_rows) THEN
    PERFORM pg_catalog.pg_notify({channel}, TG_ARGV[0]);
  END IF;
  RETURN NULL;
END
"""

# Without transition tables there is no telling whether there were rows.
_TRUNCATED = """
BEGIN
  PERFORM pg_catalog.pg_notify({channel}, TG_ARGV[0]);
  RETURN NULL;
END
"""

_SETTINGS: Mapping[str, str] = {
    # A plan made while the tables were small would later read all of ``dataset``.
    tables.FILES: "SET enable_seqscan = off SET enable_hashjoin = off"
    " SET enable_mergejoin = off",
    # A table that is in use gets its triggers from an operator, not from a writer.
    tables.EQUIP_MEMBERS: "SET lock_timeout = '500ms'",
    tables.EQUIP_FILES: "SET lock_timeout = '500ms'",
}


def function_bodies(schema: Schema) -> Mapping[str, str]:
    """Return the source of every function, by its name.

    Parameters
    ----------
    schema
        Tables of the repository; their namespace must be known.
    """
    run, key = schema.attributes.run_key, schema.attributes.collection_key
    dataset = qualified(namespace_of(schema.namespace), schema.dataset.name)
    bodies = {
        tables.MEMBERS: _named(schema, key),
        tables.DATASETS: _named(schema, run, new="(TG_OP <> 'DELETE')"),
        tables.FILES: _named(schema, f"d.{run}", _FILES.format(dataset=dataset)),
        tables.EQUIP_MEMBERS: _equip_members(schema),
        tables.EQUIP_FILES: _equip_files(schema),
    }
    framed = {name: _fill(schema, _FRAME, body=body) for name, body in bodies.items()}
    return framed | {
        tables.FIXED: _fill(schema, _FIXED),
        tables.TRUNCATED: _fill(schema, _TRUNCATED),
    }


def create_function(schema: Schema, name: str, body: str) -> str:
    """Return the statement that makes or replaces a function."""
    function = f"{qualified(namespace_of(schema.namespace), name)}()"
    return (
        f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql"
        f" SECURITY INVOKER {_SETTINGS.get(name, '')} AS $function${body}$function$;\n"
        # Writers put it on new tables, also where PUBLIC gets nothing by default.
        f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC;"
    )


def _named(
    schema: Schema, key: str, source: str = "butlery_rows", *, new: str = "false"
) -> str:
    return _fill(
        schema,
        _NAMED,
        key=key,
        source=source,
        new=new,
        size=_COLLECTIONS_PER_MESSAGE,
    )


def _equip_members(schema: Schema) -> str:
    columns = ("tag_association_table", "calibration_association_table")
    names = " UNION ".join(f"SELECT {column} FROM butlery_rows" for column in columns)
    return _equip(schema, names, tables.members_table("%2$I"))


def _equip_files(schema: Schema) -> str:
    names = "SELECT table_name FROM butlery_rows"
    return _equip(schema, names, tables.files_table("%2$I"))


def _equip(schema: Schema, names: str, table: tables.WatchedTable) -> str:
    statements = create_triggers("%1$I.%2$I", "%1$I", table.triggers)
    return _fill(
        schema,
        _EQUIP,
        tables=names,
        mark=literal(f"{tables.PREFIX}{table.triggers[0].name}"),
        namespace=literal(namespace_of(schema.namespace)),
        statements="\n".join(statements),
    )


def _fill(schema: Schema, template: str, **values: object) -> str:
    return template.format(
        channel=literal(channel_of(namespace_of(schema.namespace))),
        everything=literal(encode(everything=True)),
        failure=literal(encode(everything=True, check=True)),
        max_bytes=MAX_BYTES,
        **values,
    )
