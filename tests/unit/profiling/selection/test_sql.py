"""What a condition may say, and that nothing else gets through: every refusal says what was wrong."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.profiling.selection.condition import (
    Comparison,
    Every,
    Likeness,
    Membership,
    Missing,
    Moment,
    Name,
    Negation,
    Some,
    names_in,
)
from airflow_provider_profiler.profiling.selection.sql import DEEPEST, RefusedCondition, parse_condition

A, B = Name("a"), Name("b")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a = 1", Comparison(A, "=", Decimal(1))),
        ("a <> 1", Comparison(A, "!=", Decimal(1))),
        ("a != -1.50", Comparison(A, "!=", Decimal("-1.50"))),
        ("1 < a", Comparison(A, ">", Decimal(1))),
        ("'x' >= a", Comparison(A, "<=", "x")),
        ("a = b", Comparison(A, "=", B)),
        ("a = 'it''s'", Comparison(A, "=", "it's")),
        ("a = 'x -- no comment; /* either */'", Comparison(A, "=", "x -- no comment; /* either */")),
        ("a = TRUE", Comparison(A, "=", True)),
        ("a > DATE '1970-01-02'", Comparison(A, ">", Moment(86_400_000_000))),
        ("a > TIMESTAMP '1970-01-01 02:00:00+02:00'", Comparison(A, ">", Moment(0))),
        ("a IN (1, 'x')", Membership(A, (Decimal(1), "x"))),
        ("a NOT IN (1)", Negation(Membership(A, (Decimal(1),)))),
        ("a BETWEEN 1 AND b", Every((Comparison(A, ">=", Decimal(1)), Comparison(A, "<=", B)))),
        (
            "a NOT BETWEEN 1 AND 2",
            Negation(Every((Comparison(A, ">=", Decimal(1)), Comparison(A, "<=", Decimal(2))))),
        ),
        ("a LIKE 'x%'", Likeness(A, "x%")),
        ("a NOT LIKE 'x!%' ESCAPE '!'", Negation(Likeness(A, "x!%", "!"))),
        ("a IS NULL", Missing(A)),
        ("a IS NOT NULL", Negation(Missing(A))),
        ("NOT (a IS NULL OR b IS NULL)", Negation(Some((Missing(A), Missing(B))))),
        ("a IS NULL AND b IS NULL AND a = 1", Every((Missing(A), Missing(B), Comparison(A, "=", Decimal(1))))),
        ('"Tip Amount (€)" > 0', Comparison(Name("Tip Amount (€)", True), ">", Decimal(0))),
        ('"a.b" = 0 OR "say ""hi""" = 0', Some((
            Comparison(Name("a.b", True), "=", Decimal(0)), Comparison(Name('say "hi"', True), "=", Decimal(0))
        ))),
        ("ναός = 'Α'", Comparison(Name("ναός"), "=", "Α")),
    ],
)  # fmt: skip
def test_what_a_condition_may_say(text: str, condition: object) -> None:
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # queries and statements
        ("a IN (SELECT password FROM users)", "query"),
        ("EXISTS (SELECT 1)", "query"),
        ("SELECT 1", "query"),
        ("a = 1 UNION SELECT 2", "query"),
        ("a = (TABLE users)", "not"),
        ("a = 1; DROP TABLE users", "semicolon"),
        ("a = 1;", "semicolon"),
        # comments
        ("a = 1 -- and more", "comment"),
        ("a = 1 /* and more */", "comment"),
        ("/*+ hint */ a = 1", "comment"),
        # functions and arithmetic
        ("lower(a) = 'x'", "LOWER"),
        ("sleep(10) = 1", "SLEEP"),
        ("count(*) = 1", "COUNT"),
        ("a = CURRENT_DATE", "CURRENT_DATE"),
        ("CAST(a AS INT) = 1", "CAST"),
        ("a = CAST('1' AS INT)", "CAST"),
        ("a::int = 1", "CAST"),
        ("a + 1 = 2", "a + 1"),
        ("a || 'x' = 'y'", "a || 'x'"),
        ("CASE WHEN a = 1 THEN 1 END = 1", "CASE"),
        ("a[0] = 1", "a[0]"),
        # operators beyond the list
        ("a ILIKE 'x'", "ILIKE"),
        ("a SIMILAR TO 'x'", "SIMILAR"),
        ("a RLIKE 'x'", "not allowed"),
        ("a LIKE ANY ('x', 'y')", "ANY"),
        ("a BETWEEN SYMMETRIC 1 AND 2", "symmetric"),
        ("a IS NOT DISTINCT FROM 1", "DISTINCT"),
        ("a IS TRUE", "IS"),
        ("a > ALL (1)", "ALL"),
        # parameters, paths, stars
        ("a = :p", ":p"),
        ("a = ?", "?"),
        ("a = @x", "@x"),
        ("* = 1", "*"),
        ("t.a = 1", '"a.b"'),
        ("a.b.c.d = 1", "a.b.c.d"),
        # what compares nothing, or not with a column
        ("a", "stands alone"),
        ("TRUE", "stands alone"),
        ("1 = 1", "two literals"),
        ("a = 1 OR 1 = 1", "two literals"),
        ("a = NULL", "IS NULL"),
        ("a IN (1, NULL)", "IS NULL"),
        ("a IN ()", "no value"),
        ("a IN (b)", "literal"),
        ("a > TRUE", "TRUE"),
        ("a LIKE b", "single quotes"),
        ("a LIKE 1", "single quotes"),
        ("a LIKE 'x!' ESCAPE '!'", "escape"),
        ("(a, b) IN ((1, 2))", "column"),
        ("1 < a < 3", "not allowed"),
        # literals that are none
        ("a = DATE '2024-02-30'", "2024-02-30"),
        ("a = DATE 'now'", "now"),
        ("a = TIME '10:00'", "TIME"),
        ("a = INTERVAL '1 day'", "INTERVAL"),
        ("a = 1e999999999", "too large"),
        ("a = x'ff'", "SQL"),
        # no SQL at all
        ("a = 'x", "closed"),
        ("a = = 1", "SQL"),
        ("a =", ""),
        ("", "SQL"),
        ("{{ a }} = 1", "not allowed"),
        ("__import__('os').system('true') = 1", "not allowed"),
    ],
)
def test_what_it_may_not_say(text: str, said: str) -> None:
    with pytest.raises(RefusedCondition, match=r"The option selection\.where is refused") as refused:
        parse_condition(text)
    assert said in str(refused.value).split(" A condition holds", maxsplit=1)[0]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "a = 1" + ")" * 5_000,
        "(" * (DEEPEST + 1) + "a = 1" + ")" * (DEEPEST + 1),
        "NOT " * 3_000 + "a = 1",
        "a = " + "- " * 3_000 + "1",
        "a IN " + "(" * 3_000,
        "a = 1" + " AND a = 1" * 3_000,
        "CASE WHEN " * 2_000,
        "a[" * 2_000,
        "a." * 2_000 + "a = 1",
        "{" * 2_000,
        "a = 1" + " = 1" * 1_500,
    ],
)
def test_depth_is_refused_instead_of_overflowing(text: str) -> None:
    with pytest.raises(RefusedCondition):
        parse_condition(text[:20_000])


def test_long_chains_are_fine() -> None:
    condition = parse_condition(" OR ".join(f"a = {number}" for number in range(1_000)))
    assert isinstance(condition, Some)
    assert [part.other for part in condition.parts] == [Decimal(number) for number in range(1_000)]  # type: ignore[union-attr]


def test_names_are_told_in_order() -> None:
    assert list(names_in(parse_condition("b = 1 AND NOT (a < b OR a IN (2))"))) == [B, A, B, A]


@given(st.text(alphabet="ab'\"();-/*%_=<>! \t\n1.0,\\ANDORNOTLIKEINBETWEEN", max_size=60))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        names = list(names_in(parse_condition(text)))
    except InvalidRequest as refused:
        assert "selection.where" in str(refused)
    else:
        assert names


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_quotes_bring_any_name_and_text_through(name: str, text: str) -> None:
    quoted = '"' + name.replace('"', '""') + "\" = '" + text.replace("'", "''") + "'"
    assert parse_condition(quoted) == Comparison(Name(name, True), "=", text)
