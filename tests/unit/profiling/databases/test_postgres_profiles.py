"""Databases of a real PostgreSQL, profiled."""

import pickle
from dataclasses import replace

import pyarrow as pa
import pytest
from pydantic import SecretStr

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import DataType, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.profiling.databases.postgres_reading import PostgresReader
from airflow_provider_profiler.profiling.databases.snapshots import in_one_snapshot
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver

ODD = "od\"d.ta'ble — πίνακας $1 %s"
ODD_COLUMN = 'co"l.umn; DROP TABLE x --'


@pytest.fixture(scope="module")
def ferries(postgres):
    """Ports and trips with everything that a catalogue can say of them."""
    return postgres.create(
        "ferries",
        "CREATE SCHEMA sea",
        'CREATE SCHEMA "Sea Two"',
        """CREATE TABLE sea.ports (country char(2), code varchar(5), name text NOT NULL UNIQUE,
           opened date DEFAULT now(),
           parent_country char(2), parent_code varchar(5), PRIMARY KEY (country, code),
           FOREIGN KEY (parent_country, parent_code) REFERENCES sea.ports)""",
        "COMMENT ON TABLE sea.ports IS 'Where ships land'",
        "COMMENT ON COLUMN sea.ports.name IS 'As the sign says'",
        """CREATE TABLE "Sea Two"."select" (id serial PRIMARY KEY, "from" char(2), "to" varchar(5), price numeric(8,2),
           FOREIGN KEY ("from", "to") REFERENCES sea.ports)""",
        "INSERT INTO sea.ports VALUES ('GR', 'PIR', 'Piraeus', '1900-01-01', NULL, NULL), "
        "('GR', 'SYR', 'Syros', NULL, 'GR', 'PIR'), ('IT', 'BRI', 'Brindisi', NULL, NULL, NULL)",
        'INSERT INTO "Sea Two"."select" ("from", "to", price) '
        "SELECT 'GR', CASE g % 2 WHEN 0 THEN 'PIR' ELSE 'SYR' END, g * 1.25 FROM generate_series(1, 100) g",
        "CREATE VIEW sea.greek AS SELECT code, name FROM sea.ports WHERE country = 'GR'",
        "CREATE MATERIALIZED VIEW sea.counted AS SELECT country, count(*) AS ports FROM sea.ports GROUP BY country",
        "CREATE MATERIALIZED VIEW sea.unfilled AS SELECT 1 AS one WITH NO DATA",
        "CREATE TABLE sea.log (at timestamptz, line text) PARTITION BY RANGE (at)",
        "CREATE TABLE sea.log_1 PARTITION OF sea.log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        "CREATE TABLE sea.log_2 PARTITION OF sea.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        "INSERT INTO sea.log VALUES ('2024-05-01', 'a'), ('2025-05-01', 'b'), ('2025-06-01', 'c')",
        "CREATE TABLE sea.nothing (a int, b timestamp, c boolean, d numeric(4,1), e text)",
        "CREATE TABLE sea.bare ()",
        'CREATE TABLE "{}" ("{}" int, "größe €" text)'.format(*(name.replace('"', '""') for name in (ODD, ODD_COLUMN))),
        'INSERT INTO "{}" VALUES (1, $$x$$), (NULL, NULL)'.format(ODD.replace('"', '""')),
        "ANALYZE",
    )


@pytest.fixture(scope="module")
def profile(ferries, on_postgres):
    return on_postgres.heavy(ferries)


def test_the_catalogue_before_a_row_is_read(on_postgres, ferries, the_database):
    found = the_database(on_postgres.light(ferries).profile)
    assert (found.status, found.reason, found.media_type) == (DistributionStatus.LISTED, None, "text/sql")
    facts = found.database
    assert facts.server.startswith("PostgreSQL 16.")
    kinds = {f"{item.schema_name}.{item.name}": item.kind for item in facts.tables}
    assert kinds == {
        "Sea Two.select": "table",
        f"public.{ODD}": "table",
        "sea.bare": "table",
        "sea.counted": "materialized_view",
        "sea.greek": "view",
        "sea.log": "partitioned_table",
        "sea.nothing": "table",
        "sea.ports": "table",
        "sea.unfilled": "materialized_view",
    }
    ports = next(item for item in facts.tables if item.name == "ports")
    assert ports.primary_key == ("country", "code")
    assert ports.unique_keys == (("name",),)
    (key,) = ports.foreign_keys
    assert (key.columns, key.target_table, key.target_columns) == (
        ("parent_country", "parent_code"),
        "ports",
        ("country", "code"),
    )
    assert (ports.comment, ports.row_estimate) == ("Where ships land", 3)
    assert ports.bytes
    described = [(item.name, item.type, item.nullable, item.default, item.comment) for item in ports.columns[:4]]
    assert described == [
        ("country", "character(2)", False, None, ""),
        ("code", "character varying(5)", False, None, ""),
        ("name", "text", False, None, "As the sign says"),
        ("opened", "date", True, "now()", ""),
    ]
    assert facts.notes == ("2 partitions are read with the tables that they are parts of",)


def test_keys_and_comments_arrive_in_the_profile(profile, look):
    ports, trips = look(profile, "sea.ports"), look(profile, "Sea Two.select")
    assert (ports.key, ports.description, ports.row_count) == (("country", "code"), "Where ships land", 3)
    name = look(profile, "sea.ports", "name")
    assert (name.description, name.nullable, name.physical_type) == ("As the sign says", False, "text")
    to = look(profile, "Sea Two.select", "to").references[0]
    assert (to.record_set_id, to.record_set, to.field, to.declared) == (ports.id, "sea.ports", "code", True)
    itself = look(profile, "sea.ports", "parent_country").references[0]
    assert (itself.record_set_id, itself.field) == (ports.id, "country")
    assert trips.key == ("id",)
    assert (look(profile, "sea.greek").kind, look(profile, "sea.greek").row_count) == ("view", 2)
    assert look(profile, "sea.log").row_count == 3
    assert look(profile, "sea.bare").row_count == 0


def test_every_table_belongs_to_the_database(profile, the_database, warned):
    database = the_database(profile)
    assert database.status is DistributionStatus.PROFILED
    assert {item.distribution_id for item in profile.record_sets} == {database.id}
    assert {item.path for item in profile.record_sets} == {database.path}
    assert ["never filled" in message for message in warned(profile, "table_not_read")] == [True]


def test_odd_names(profile, look):
    found = look(profile, f"public.{ODD}")
    assert [field.original_name for field in found.fields] == [ODD_COLUMN, "größe €"]
    assert [field.statistics.missing_count for field in found.fields] == [1, 1]


def test_columns_without_values_have_their_declared_types(profile, look):
    fields = look(profile, "sea.nothing").fields
    assert [field.data_type for field in fields] == [
        DataType.INTEGER,
        DataType.DATE_TIME,
        DataType.BOOLEAN,
        DataType.FLOAT,
        DataType.TEXT,
    ]


def test_statistics_are_those_that_the_server_computes(profile, ferries, look, postgres):
    field = look(profile, "Sea Two.select", "price")
    count, smallest, largest, total, mean, deviation, distinct = postgres.rows(
        "SELECT count(price), min(price)::float8, max(price)::float8, sum(price)::float8, avg(price)::float8, "
        'stddev_samp(price)::float8, count(DISTINCT price) FROM "Sea Two"."select"',
        ferries,
    )[0]
    numeric = field.statistics.numeric
    assert (field.statistics.row_count, field.statistics.distinct_count) == (count, distinct)
    assert (numeric.minimum, numeric.maximum, numeric.sum) == (smallest, largest, total)
    assert (numeric.mean, numeric.standard_deviation) == pytest.approx((mean, deviation))


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"schemas": ["Sea*"]}, ["Sea Two.select"]),
        ({"include_tables": ["sea.p*", "select"]}, ["Sea Two.select", "sea.ports"]),
        (
            {"schemas": ["sea"], "exclude_tables": ["log", "sea.[b-c]*", "nothing", "unfilled"]},
            ["sea.greek", "sea.ports"],
        ),
        ({"schemas": ["sea"], "views": False, "include_tables": ["greek", "ports"]}, ["sea.ports"]),
    ],
)
def test_which_tables_take_part(on_postgres, ferries, options, names, warned):
    profile = on_postgres.heavy(ferries, databases=options)
    assert [item.name for item in profile.record_sets] == names
    assert warned(profile, "tables_left_out")


def test_a_condition_and_a_sample_apply_to_tables(on_postgres, ferries, look):
    chosen = on_postgres.heavy(
        ferries, databases={"include_tables": ["select"]}, selection={"where": "price >= 100 AND \"to\" = 'PIR'"}
    )
    assert look(chosen, "Sea Two.select").row_count == 11
    first = on_postgres.heavy(ferries, databases={"include_tables": ["select"]}, sampling={"method": "head", "rows": 7})
    assert look(first, "Sea Two.select").row_count == 7
    drawn = on_postgres.heavy(
        ferries, databases={"include_tables": ["select"]}, sampling={"method": "random", "rows": 9}
    )
    assert look(drawn, "Sea Two.select").row_count == 9


def test_what_the_account_may_not_read_costs_no_more_than_that(on_postgres, postgres, the_database, warned):
    name = postgres.create(
        "guarded",
        "CREATE TABLE open_to_all (a int)",
        "CREATE TABLE secret (a int)",
        "CREATE TABLE partly (a int, salary int, c text)",
        "INSERT INTO partly VALUES (1, 2, 'x')",
        "CREATE SCHEMA closed CREATE TABLE inside (a int)",
        "CREATE ROLE reader LOGIN PASSWORD 'reads only'",
        "GRANT SELECT ON open_to_all TO reader",
        "GRANT SELECT (a, c) ON partly TO reader",
        "GRANT SELECT ON closed.inside TO reader",
    )
    access = on_postgres.access(name, username="reader", password=SecretStr("reads only"))
    profile = on_postgres.heavy(name, access=access)
    assert the_database(profile).status is DistributionStatus.PROFILED
    assert [(item.name, [field.name for field in item.fields]) for item in profile.record_sets] == [
        ("public.open_to_all", ["a"]),
        ("public.partly", ["a", "c"]),
    ]
    refused = warned(profile, "table_not_read")
    assert ["closed.inside" in refused[0], "public.secret" in refused[1]] == [True, True]
    assert any("'salary'" in message for message in warned(profile, "table_found"))
    assert [item.name for item in the_database(profile).database.tables] == [
        "inside",
        "open_to_all",
        "partly",
        "secret",
    ]


def test_a_table_that_fails_takes_no_other_with_it(on_postgres, postgres, the_database, warned):
    name = postgres.create(
        "failing",
        "CREATE TABLE sound (a int)",
        "CREATE VIEW broken AS SELECT 1 / (random() * 0)::int AS a",
        "CREATE VIEW slow AS SELECT pg_sleep(20)::text AS a",
    )
    profile = on_postgres.heavy(name, databases={"statement_timeout_seconds": 2})
    assert the_database(profile).status is DistributionStatus.PROFILED
    assert [item.name for item in profile.record_sets] == ["public.sound"]
    failed = warned(profile, "table_failed")
    assert "public.broken" in failed[0]
    assert "public.slow" in failed[1]
    assert "databases.statement_timeout_seconds" in failed[1]


def test_a_table_that_somebody_holds_is_given_up(on_postgres, postgres, warned):
    name = postgres.create("held", "CREATE TABLE held (a int)", "CREATE TABLE free (a int)")
    engine = ProfilingEngine()
    light = on_postgres.light(name, engine=engine, databases={"lock_timeout_seconds": 0.2})
    with postgres.connect(name) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        profile = engine.heavy(light, observer=NullObserver())
    assert [item.name for item in profile.record_sets] == ["public.free"]
    (message,) = warned(profile, "table_failed")
    assert "locked by another session" in message


def test_one_state_of_the_whole_database_is_read(on_postgres, postgres, look):
    name = postgres.create("moving", "CREATE TABLE a (x int)", "CREATE TABLE b (x int)")

    class Writer(NullObserver):
        def stage(self, stage):
            if stage == "heavy":  # the snapshot is taken by then, and no row is read yet
                postgres.execute("INSERT INTO a VALUES (1)", "INSERT INTO b VALUES (1)", database=name)

    engine = ProfilingEngine(ThreadExecutor(2))
    profile = engine.heavy(on_postgres.light(name, engine=engine), observer=Writer())
    assert [item.row_count for item in profile.record_sets] == [0, 0]
    assert [item.row_count for item in on_postgres.heavy(name).record_sets] == [1, 1]


def test_a_million_rows_come_in_bounded_batches(on_postgres, postgres, look):
    name = postgres.create(
        "large",
        "CREATE TABLE rows AS SELECT g AS id, (g::bigint * 7919) % 1000003 AS a, md5((g % 1000)::text) AS t "
        "FROM generate_series(1, 1000000) g",
        "ANALYZE",
    )
    light = on_postgres.light(name)
    reader = PostgresReader()
    with in_one_snapshot(light.inventory.sources) as (source,):
        (found,) = reader.tables(source, ReadingOptions(), ExecutionOptions())
        assert len(found.partitions) > 3  # ranges of pages
        before = pa.total_allocated_bytes()
        rows = largest = 0
        for partition in found.partitions:
            for batch in reader.read(source, found, partition):
                rows += batch.rows.num_rows
                largest = max(largest, batch.rows.nbytes, pa.total_allocated_bytes() - before)
    assert rows == 1_000_000
    assert largest < 64 * 1024 * 1024
    engine = ProfilingEngine()
    plain = {"statistics": {"duplicate_rows": False}, "selection": {"columns": ["id", "a"]}}
    profile = engine.heavy(on_postgres.light(name, engine=engine, **plain), observer=NullObserver())
    ids = look(profile, "public.rows", "id").statistics
    expected = postgres.rows("SELECT sum(id)::float8, avg(a)::float8 FROM rows", name)[0]
    assert (ids.row_count, ids.numeric.minimum, ids.numeric.maximum, ids.numeric.sum) == (
        1_000_000,
        1,
        1_000_000,
        expected[0],
    )
    assert look(profile, "public.rows", "a").statistics.numeric.mean == pytest.approx(expected[1])


def test_the_same_bytes_however_many_read_it(on_postgres, ferries, profile):
    again = on_postgres.heavy(ferries, engine=ProfilingEngine(ThreadExecutor(1)))
    assert again.to_document() == profile.to_document()
    few = {"include_tables": ["ports", "log"]}
    narrow = on_postgres.heavy(ferries, databases=few, execution={"columns_per_task": 2})
    assert narrow.record_sets == on_postgres.heavy(ferries, databases=few).record_sets


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"username": None}, FileReasonCode.CREDENTIALS_MISSING, "no user name"),
        ({"password": None}, FileReasonCode.CREDENTIALS_MISSING, "asks for a password"),
        ({"password": SecretStr("wrong-wrong")}, FileReasonCode.CONNECTION_FAILED, "refuses"),
        ({"database": "no such"}, FileReasonCode.CONNECTION_FAILED, "no database of this name"),
        ({"host": "127.0.0.1", "port": 9}, FileReasonCode.CONNECTION_FAILED, "nothing listens"),
    ],
)
def test_why_a_database_cannot_be_read(on_postgres, ferries, the_database, changes, code, words):
    access = on_postgres.access(ferries, **changes)
    profile = on_postgres.heavy(ferries, access=access)
    found = the_database(profile)
    assert (found.status, found.reason.code) == (DistributionStatus.FAILED, code)
    assert words in found.reason.message
    document = profile.to_document().decode()
    assert "hunter2" not in document
    assert "wrong-wrong" not in document
    assert "hunter2" not in repr(access)


def test_a_server_that_goes_away_fails_its_database(on_postgres, ferries, the_database):
    engine = ProfilingEngine()
    light = on_postgres.light(ferries, engine=engine)
    gone = tuple(replace(source, access=replace(source.access, port=9)) for source in light.inventory.sources)
    profile = engine.heavy(replace(light, inventory=replace(light.inventory, sources=gone)), observer=NullObserver())
    found = the_database(profile)
    assert (found.status, found.reason.code) == (DistributionStatus.FAILED, FileReasonCode.CONNECTION_FAILED)


def test_what_tasks_carry_travels_and_shows_no_password(on_postgres, ferries):
    sources = on_postgres.light(ferries).inventory.sources
    assert pickle.loads(pickle.dumps(sources)) == sources
    assert "hunter2" not in repr(sources)


def test_a_database_without_tables(on_postgres, postgres, the_database, warned):
    profile = on_postgres.heavy(postgres.create("empty"))
    assert the_database(profile).status is DistributionStatus.PROFILED
    assert warned(profile, "empty_database")


def test_hypertables_are_told_by_the_catalogue_of_timescaledb(on_postgres, postgres, the_database, look):
    # The extension itself is not there: this is its information schema as its manual describes it.
    name = postgres.create(
        "timescale",
        "CREATE TABLE conditions (at timestamptz, level float8)",
        "CREATE SCHEMA _timescaledb_internal",
        "CREATE TABLE _timescaledb_internal.chunk () INHERITS (public.conditions)",
        "INSERT INTO _timescaledb_internal.chunk VALUES ('2024-01-01', 1), ('2024-01-02', 2)",
        "CREATE SCHEMA timescaledb_information",
        "CREATE VIEW timescaledb_information.hypertables AS SELECT 'public'::name AS hypertable_schema, "
        "'conditions'::name AS hypertable_name, 1::bigint AS num_chunks",
        "ANALYZE",
    )
    profile = on_postgres.heavy(name)
    facts = the_database(profile).database
    assert "TimescaleDB" in facts.server
    assert [(item.name, item.kind, item.row_estimate) for item in facts.tables] == [("conditions", "hypertable", 2)]
    assert look(profile, "public.conditions").row_count == 2
