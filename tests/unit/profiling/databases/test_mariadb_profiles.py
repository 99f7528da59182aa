"""Databases of a real MariaDB, profiled."""

import pytest
from pydantic import SecretStr

from airflow_provider_profiler.contract.profile import DataType, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode

ODD = "od\"d ` tä'ble. %s"
#: Type, a value in SQL, what the profile shows of it, and the type found.
TYPES = [
    ("tinyint(4)", "-1", -1, DataType.INTEGER),
    ("smallint(5) unsigned", "2", 2, DataType.INTEGER),
    ("bigint(20)", "-9223372036854775808", -(2**63), DataType.INTEGER),
    ("bigint(20) unsigned", "18446744073709551615", 2**64 - 1, DataType.INTEGER),
    ("decimal(10,2)", "1.50", "1.50", DataType.FLOAT),
    ("decimal(60,0)", "12", "12", DataType.INTEGER),
    ("double", "1e300", 1e300, DataType.FLOAT),
    ("float", "16777217", 16777216.0, DataType.FLOAT),
    ("bit(3)", "b'101'", 5, DataType.INTEGER),
    ("char(3)", "'ab'", "ab", DataType.TEXT),
    ("varchar(9)", "'ünï'", "ünï", DataType.TEXT),
    ("mediumtext", "'t'", "t", DataType.TEXT),
    ("varbinary(4)", "x'00ff'", "00ff", DataType.TEXT),
    ("date", "'2024-02-29'", "2024-02-29", DataType.DATE),
    ("datetime(3)", "'2024-01-01 10:00:00.123'", "2024-01-01T10:00:00.123000", DataType.DATE_TIME),
    ("time", "'-120:30:00'", "-120:30:00", DataType.TEXT),
    ("year(4)", "2024", 2024, DataType.INTEGER),
    ("enum('x','y')", "'x'", "x", DataType.TEXT),
    ("set('x','y')", "'x,y'", "x,y", DataType.TEXT),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", DataType.TEXT),
    ("inet6", "'::1'", "::1", DataType.TEXT),
    ("point", "POINT(1, 2)", "POINT(1 2)", DataType.TEXT),
]


@pytest.fixture(scope="module")
def ferries(mariadb):
    columns = ", ".join(f"c{place} {name}" for place, (name, *_) in enumerate(TYPES))
    values = ", ".join(value for _, value, *_ in TYPES)
    odd = ODD.replace("`", "``")
    return mariadb.create(
        "ferries",
        "CREATE TABLE ports (code varchar(5) PRIMARY KEY COMMENT 'Three letters', name text NOT NULL) "
        "COMMENT 'Where ships land'",
        "CREATE TABLE trips (id int PRIMARY KEY AUTO_INCREMENT, port varchar(5), price decimal(8,2), left_at datetime, "
        "CONSTRAINT lands FOREIGN KEY (port) REFERENCES ports (code))",
        "INSERT INTO ports VALUES ('PIR', 'Piraeus'), ('SYR', 'Syros')",
        "INSERT INTO trips (port, price, left_at) SELECT IF(seq % 2, 'PIR', 'SYR'), seq * 1.25, "
        "IF(seq = 1, '2024-00-10', '2024-01-01 10:00:00') FROM seq_1_to_5000",
        f"CREATE TABLE filled ({columns})",
        f"INSERT INTO filled VALUES ({values})",
        f"CREATE TABLE sparse ({columns})",
        "INSERT INTO sparse (c0) VALUES (NULL), (NULL)",
        f"CREATE TABLE `{odd}` (`{odd}` int)",
        f"INSERT INTO `{odd}` VALUES (1), (NULL)",
        "CREATE VIEW prices AS SELECT price FROM trips",
        "CREATE TABLE hidden (a int)",
        "CREATE USER reader IDENTIFIED BY 'reads only'",
        "GRANT SELECT ON ferries.ports TO reader",
        "GRANT SELECT (id, port) ON ferries.trips TO reader",
        "GRANT INSERT ON ferries.hidden TO reader",
    )


@pytest.fixture(scope="module")
def profile(ferries, on_mariadb):
    return on_mariadb.heavy(ferries)


def test_the_catalogue(profile, the_database):
    found = the_database(profile)
    assert (found.status, found.media_type) == (DistributionStatus.PROFILED, "text/sql")
    assert found.database.server.startswith("MariaDB 10.")
    ports = next(item for item in found.database.tables if item.name == "ports")
    assert (ports.primary_key, ports.comment) == (("code",), "Where ships land")
    assert [(item.name, item.type, item.nullable, item.comment) for item in ports.columns] == [
        ("code", "varchar(5)", False, "Three letters"),
        ("name", "text", False, ""),
    ]
    assert next(item.kind for item in found.database.tables if item.name == "prices") == "view"


def test_each_type_arrives_as_what_it_is(profile, look):
    filled = look(profile, "ferries.filled")
    (row,) = filled.examples
    found = [(field.physical_type, cell) for field, cell in zip(filled.fields, row, strict=True)]
    assert found == [(name, shown) for name, _, shown, _ in TYPES]
    empty = look(profile, "ferries.sparse")
    assert [field.data_type for field in empty.fields] == [data_type for *_, data_type in TYPES]


def test_statistics_are_those_that_the_server_computes(profile, look, mariadb, ferries, warned):
    field = look(profile, "ferries.trips", "price")
    count, total, mean, deviation, distinct = mariadb.rows(
        "SELECT count(price), sum(price), avg(price + 0e0), stddev_samp(price), count(DISTINCT price) FROM trips",
        ferries,
    )[0]
    numeric = field.statistics.numeric
    assert (field.statistics.row_count, field.statistics.distinct_count) == (count, distinct)
    assert (numeric.sum, numeric.mean) == pytest.approx((float(total), float(mean)))
    assert numeric.standard_deviation == pytest.approx(float(deviation))
    assert look(profile, "ferries.trips", "left_at").statistics.missing_count == 1
    assert any("'left_at' has a day or a month of zero" in message for message in warned(profile, "table_found"))


def test_keys_references_and_odd_names(profile, look):
    ports = look(profile, "ferries.ports")
    reference = look(profile, "ferries.trips", "port").references[0]
    assert (reference.record_set_id, reference.field, reference.declared) == (ports.id, "code", True)
    assert look(profile, f"ferries.{ODD}", ODD).statistics.missing_count == 1


def test_a_row_limit_and_a_condition(on_mariadb, ferries, look):
    few = on_mariadb.heavy(ferries, sampling={"row_limit": 3}, databases={"include_tables": ["trips"]})
    assert look(few, "ferries.trips").row_count == 3
    some = on_mariadb.heavy(ferries, selection={"where": "price > 6000"}, databases={"include_tables": ["trips"]})
    assert look(some, "ferries.trips").row_count == 200


def test_what_the_account_may_not_read(on_mariadb, ferries, warned):
    access = on_mariadb.access(ferries, username="reader", password=SecretStr("reads only"))
    profile = on_mariadb.heavy(ferries, access=access)
    assert [(item.name, [field.name for field in item.fields]) for item in profile.record_sets] == [
        ("ferries.ports", ["code", "name"]),
        ("ferries.trips", ["id", "port"]),
    ]
    assert ["ferries.hidden" in message for message in warned(profile, "table_not_read")] == [True]


def test_a_statement_that_takes_too_long(on_mariadb, mariadb, warned, the_database):
    name = mariadb.create("slow", "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)",
                          "CREATE VIEW slow AS SELECT SLEEP(20) + a AS a FROM t")  # fmt: skip
    profile = on_mariadb.heavy(name, databases={"statement_timeout_seconds": 2})
    assert [item.name for item in profile.record_sets] == ["slow.t"]
    (message,) = warned(profile, "table_failed")
    assert "databases.statement_timeout_seconds" in message
    assert the_database(profile).status is DistributionStatus.PROFILED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": None}, FileReasonCode.CREDENTIALS_MISSING),
        ({"password": None}, FileReasonCode.CREDENTIALS_MISSING),
        ({"password": SecretStr("wrong-wrong")}, FileReasonCode.CONNECTION_FAILED),
        ({"database": "no such"}, FileReasonCode.CONNECTION_FAILED),
        ({"port": 9}, FileReasonCode.CONNECTION_FAILED),
    ],
)
def test_why_a_database_cannot_be_read(on_mariadb, ferries, the_database, changes, code):
    profile = on_mariadb.heavy(ferries, access=on_mariadb.access(ferries, **changes))
    assert the_database(profile).reason.code == code
    assert "wrong-wrong" not in profile.to_document().decode()
