"""Every common type of PostgreSQL, with values, without any, and with the ones that break readers."""

import pytest

from airflow_provider_profiler.contract.profile import DataType

#: Type, a value in SQL, what the profile shows of it, and the type found.
TYPES = [
    ("smallint", "-32768", -32768, DataType.INTEGER),
    ("integer", "7", 7, DataType.INTEGER),
    ("bigint", "9223372036854775807", 2**63 - 1, DataType.INTEGER),
    ("oid", "4000000000", 4_000_000_000, DataType.INTEGER),
    ("numeric(10,2)", "1.50", "1.50", DataType.FLOAT),
    ("numeric(12,0)", "12", "12", DataType.INTEGER),
    ("numeric(60,10)", "1.5", "1.5000000000", DataType.FLOAT),
    ("numeric", "0.25", 0.25, DataType.FLOAT),
    ("real", "1.5", 1.5, DataType.FLOAT),
    ("double precision", "'-Infinity'", "-inf", DataType.FLOAT),
    ("money", "12.34", 12.34, DataType.FLOAT),
    ("boolean", "true", True, DataType.BOOLEAN),
    ("text", "'ünï'", "ünï", DataType.TEXT),
    ("character varying(9)", "'x'", "x", DataType.TEXT),
    ("character(3)", "'x'", "x  ", DataType.TEXT),
    ("name", "'x'", "x", DataType.TEXT),
    ("bytea", "'\\x00ff'", "00ff", DataType.TEXT),
    ("date", "'2024-02-29'", "2024-02-29", DataType.DATE),
    ("time without time zone", "'10:20:30.5'", "10:20:30.500000", DataType.TIME),
    ("time with time zone", "'12:00+02'", "12:00:00+02", DataType.TEXT),
    ("timestamp without time zone", "'2024-01-01 10:00'", "2024-01-01T10:00:00", DataType.DATE_TIME),
    ("timestamp with time zone", "'2024-01-01 10:00+02'", "2024-01-01T08:00:00+00:00", DataType.DATE_TIME),
    ("interval", "'1 mon 2 days 3.5 s'", "P1M2DT3.5S", DataType.TEXT),
    ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", DataType.TEXT),
    ("json", "'{\"a\": 1}'", '{"a": 1}', DataType.TEXT),
    ("jsonb", "'{\"a\":1}'", '{"a": 1}', DataType.TEXT),
    ("inet", "'10.0.0.1'", "10.0.0.1/32", DataType.TEXT),
    ("cidr", "'10.0.0.0/8'", "10.0.0.0/8", DataType.TEXT),
    ("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03", DataType.TEXT),
    ("point", "'(1,2)'", "(1,2)", DataType.TEXT),
    ("polygon", "'((0,0),(1,1),(1,0))'", "((0,0),(1,1),(1,0))", DataType.TEXT),
    ("int4range", "'[1,5)'", "[1,5)", DataType.TEXT),
    ("int4multirange", "'{[1,3),[5,7)}'", "{[1,3),[5,7)}", DataType.TEXT),
    ("bit(3)", "'101'", "101", DataType.TEXT),
    ("tsvector", "'a b'", "'a' 'b'", DataType.TEXT),
    ("regclass", "'pg_catalog.pg_class'", "pg_class", DataType.TEXT),
    ("pg_lsn", "'0/1'", "0/1", DataType.TEXT),
    ('"char"', "'q'", "q", DataType.TEXT),
    ("public.mood", "'sad'", "sad", DataType.TEXT),
    ("public.positive", "5", 5, DataType.INTEGER),
    ("public.address", "'::1'", "::1/128", DataType.TEXT),
    ("public.pair", "ROW(1, 'b')", '{"a":1,"b":"b"}', DataType.TEXT),
    ("public.vector(3)", "'[1,2,3]'", "[1,2,3]", DataType.TEXT),
    ("integer[]", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]", DataType.TEXT),
    ("text[]", "'{a,NULL}'", '["a",null]', DataType.TEXT),
    ("date[]", "'{infinity}'", '["infinity"]', DataType.TEXT),
    ("public.mood[]", "'{ok,sad}'", '["ok","sad"]', DataType.TEXT),
]


@pytest.fixture(scope="module")
def typed(postgres):
    columns = ", ".join(f"c{place} {name}" for place, (name, *_) in enumerate(TYPES))
    values = ", ".join(value for _, value, *_ in TYPES)
    return postgres.create(
        "typed",
        "CREATE TYPE mood AS ENUM ('ok', 'sad')",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE DOMAIN positive AS int CHECK (value > 0)",
        "CREATE DOMAIN address AS inet",
        "CREATE EXTENSION vector",
        f"CREATE TABLE filled ({columns})",
        f"INSERT INTO filled VALUES ({values})",
        f"CREATE TABLE sparse ({columns})",
        "INSERT INTO sparse SELECT FROM generate_series(1, 3)",
        """CREATE TABLE beyond (id int PRIMARY KEY, d date, t timestamp, z timestamptz, n numeric(6,2), u numeric)""",
        "INSERT INTO beyond VALUES (1, 'infinity', '-infinity', 'infinity', 'NaN', 'Infinity'),"
        " (2, '4714-11-24 BC', '0044-03-15 BC', '294276-12-31', 1.25, 1e400), (3, '2024-01-01', NULL, NULL, NULL, 2)",
    )


@pytest.fixture(scope="module")
def profile(typed, on_postgres):
    return on_postgres.heavy(typed)


def test_each_type_arrives_as_what_it_is(profile, look):
    filled = look(profile, "public.filled")
    (row,) = filled.examples
    found = [(field.physical_type, cell, field.data_type) for field, cell in zip(filled.fields, row, strict=True)]
    assert found == [(name, shown, data_type) for name, _, shown, data_type in TYPES]
    assert all(field.statistics.row_count == 1 for field in filled.fields)


def test_columns_of_nulls_alone_keep_their_declared_types(profile, look):
    sparse = look(profile, "public.sparse")
    assert sparse.row_count == 3
    assert [field.data_type for field in sparse.fields] == [data_type for *_, data_type in TYPES]
    assert all(field.statistics.missing_count == 3 for field in sparse.fields)


def test_types_without_a_counterpart_are_told(profile, warned):
    (message,) = (text for text in warned(profile, "table_found") if "public.filled: columns of types" in text)
    for name in ("inet", "point", "tsvector", "public.vector(3)"):
        assert f"({name})" in message
    for name in ("uuid", "public.mood", "integer[]", "numeric"):
        assert f"({name})" not in message


def test_moments_that_nothing_can_hold_are_counted(profile, look, warned):
    messages = "\n".join(warned(profile, "table_found"))
    assert "1 value of the column 'd' is infinite" in messages
    assert "1 value of the column 't' is infinite" in messages
    assert "2 values of the column 'z' are infinite" in messages
    dates, moments = (look(profile, "public.beyond", name).statistics for name in "dt")
    assert (dates.row_count, dates.temporal.minimum, dates.temporal.maximum) == (2, "-4713-11-24", "2024-01-01")
    assert (moments.row_count, moments.temporal.minimum) == (1, "-043-03-15T00:00:00")


def test_numbers_that_are_none(profile, look):
    declared, free = (look(profile, "public.beyond", name).statistics for name in "nu")
    assert (declared.nan_count, declared.numeric.maximum) == (1, 1.25)
    assert (free.infinity_count, free.numeric.maximum) == (2, 2.0)
