"""A condition written in SQL, read into the tree that a condition is.

The text is parsed by sqlglot, and every node of its tree must be of a known kind with known parts. Names stay names
and literals become values, so that nothing of the text is ever run.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.profiling.selection.condition import (
    Comparison,
    Condition,
    Every,
    Likeness,
    Membership,
    Missing,
    Moment,
    Name,
    Negation,
    Some,
    Value,
    moment_of,
)

#: Words, names, literals and signs of one condition; parsing goes one call deeper with some of them.
MOST_TOKENS = 5_000
#: Brackets and signs that may enclose one another.
DEEPEST = 50
#: Beyond this power of ten no column holds a number.
_LARGEST_EXPONENT = 400


class RefusedCondition(InvalidRequest):
    """The condition is no SQL, or says more than a condition may."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The option selection.where is refused: {why}. A condition holds comparisons (= <> < <= > >=), AND, OR, "
            "NOT, IN, BETWEEN, LIKE and IS NULL over columns and literals, such as: price > 10 AND port IN ('Syros')."
        )


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Names may stand in double quotes, and must where they hold more than letters, digits and underscores. Texts stand
    in single quotes, dates are written ``DATE '2024-01-31'`` and moments ``TIMESTAMP '2024-01-31 12:00:00'``.

    :param text: at most as long as the option allows.
    :raises RefusedCondition: saying what is wrong.
    """
    _check_tokens(text)
    try:
        tree = sqlglot.parse_one(text, into=exp.Condition)
    except (SqlglotError, RecursionError, ValueError):
        raise RefusedCondition("it cannot be read as a condition in SQL") from None
    return _condition(tree)


def _check_tokens(text: str) -> None:
    """Refuse what must not reach the parser: comments, several statements, and depths that no person writes."""
    try:
        tokens = sqlglot.tokenize(text)
    except SqlglotError:
        raise RefusedCondition("a quote in it is not closed, or it holds a sign that SQL does not know") from None
    if len(tokens) > MOST_TOKENS:
        raise RefusedCondition(f"it has more than {MOST_TOKENS} words and signs")
    depth = run = 0
    for token in tokens:
        kind = token.token_type
        if token.comments:
            raise RefusedCondition("it holds a comment")
        if kind is sqlglot.TokenType.SEMICOLON:
            raise RefusedCondition("it holds a semicolon; give one condition")
        depth += (kind is sqlglot.TokenType.L_PAREN) - (kind is sqlglot.TokenType.R_PAREN)
        # Signs and NOTs in a row nest like brackets do.
        run = run + 1 if kind in _PREFIXES else 0
        if max(depth, run) > DEEPEST:
            raise RefusedCondition(f"more than {DEEPEST} brackets or signs enclose one another")
    if sqlglot.TokenType.SELECT in {token.token_type for token in tokens}:
        raise RefusedCondition("it holds a query (SELECT)")


_PREFIXES = (sqlglot.TokenType.NOT, sqlglot.TokenType.DASH, sqlglot.TokenType.PLUS, sqlglot.TokenType.TILDE)

_OPERATORS: dict[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _parts(node: exp.Expression, *known: str) -> list[Any]:
    """The parts of a node by name, None for those that are not there.

    :raises RefusedCondition: when it has parts beside the known ones.
    """
    more = [name for name, value in node.args.items() if name not in known and value not in (None, False, [])]
    if more:
        raise RefusedCondition(f"{_written(node)} has a part that is not known ({more[0]})")
    return [node.args.get(name) for name in known]


def _condition(node: Any) -> Condition:
    kind = type(node)
    if kind in (exp.And, exp.Or):
        # A chain of them is a tree as deep as it is long: it is taken apart without recursion.
        parts = tuple(_condition(part) for part in _chain(node, kind))
        return Every(parts) if kind is exp.And else Some(parts)
    if kind in _OPERATORS:
        return _comparison(node, _OPERATORS[kind])
    read = _READERS.get(kind)
    if read is not None:
        return read(node)
    if kind is exp.Column:
        raise RefusedCondition(f"the column {_written(node)} stands alone; compare it, for example with = TRUE")
    if isinstance(node, exp.Literal | exp.Boolean | exp.Null):
        raise RefusedCondition(f"the literal {_written(node)} stands alone; compare a column with it")
    raise RefusedCondition(f"{_described(node)} is not allowed in it")


def _chain(node: exp.Expression, kind: type[exp.Expression]) -> Iterator[exp.Expression]:
    left = [node]
    while left:
        item = left.pop()
        if type(item) is kind:
            first, second = _parts(item, "this", "expression")
            left += [second, first]
        else:
            yield item


def _comparison(node: exp.Expression, operator: str) -> Comparison:
    first, second = _parts(node, "this", "expression")
    left, right = _operand(first), _operand(second)
    if not isinstance(left, Name):
        left, right, operator = right, left, _MIRRORED[operator]
    if not isinstance(left, Name):
        raise RefusedCondition(f"{_written(node)} compares two literals; one side must be a column")
    if isinstance(right, bool) and operator not in ("=", "!="):
        raise RefusedCondition(f"{_written(node)} orders by TRUE or FALSE; only = and <> tell them apart")
    return Comparison(left, operator, right)


def _membership(node: exp.Expression) -> Condition:
    this, listed = _parts(node, "this", "expressions")
    if not listed:
        raise RefusedCondition(f"{_written(node)} lists no value")
    return Membership(_column(this), tuple(_literal(item) for item in listed))


def _between(node: exp.Expression) -> Condition:
    this, low, high = _parts(node, "this", "low", "high")
    column = _column(this)
    bounds = _operand(low), _operand(high)
    if any(isinstance(bound, bool) for bound in bounds):
        raise RefusedCondition(f"{_written(node)} orders by TRUE or FALSE")
    return Every((Comparison(column, ">=", bounds[0]), Comparison(column, "<=", bounds[1])))


def _like(node: exp.Expression, escape: str | None = None) -> Condition:
    this, pattern, negated = _parts(node, "this", "expression", "negate")
    text = _literal(pattern)
    if not isinstance(text, str):
        raise RefusedCondition(f"{_written(node)} needs a pattern in single quotes")
    if escape is not None and not _escapes_end_well(text, escape):
        raise RefusedCondition(f"{_written(node)} escapes something other than %, _ and the escape character itself")
    found = Likeness(_column(this), text, escape)
    return Negation(found) if negated else found


def _escapes_end_well(pattern: str, escape: str) -> bool:
    characters = iter(pattern)
    return all(next(characters, "") in ("%", "_", escape) for character in characters if character == escape)


def _escaped_like(node: exp.Expression) -> Condition:
    like, escape = _parts(node, "this", "expression")
    character = _literal(escape)
    if type(like) is not exp.Like or not isinstance(character, str) or len(character) != 1:
        raise RefusedCondition(f"{_written(node)} is not allowed in it; ESCAPE takes one character, after LIKE")
    return _like(like, character)


def _missing(node: exp.Expression) -> Condition:
    this, what = _parts(node, "this", "expression")
    if type(what) is not exp.Null:
        raise RefusedCondition(f"{_written(node)} is not allowed in it: IS goes with NULL alone; write = TRUE")
    return Missing(_column(this))


def _negation(node: exp.Expression) -> Condition:
    (this,) = _parts(node, "this")
    return Negation(_condition(this))


def _bracket(node: exp.Expression) -> Condition:
    (this,) = _parts(node, "this")
    return _condition(this)


_READERS: dict[type[exp.Expression], Callable[[exp.Expression], Condition]] = {
    exp.In: _membership,
    exp.Between: _between,
    exp.Like: _like,
    exp.Escape: _escaped_like,
    exp.Is: _missing,
    exp.Not: _negation,
    exp.Paren: _bracket,
}


def _operand(node: exp.Expression) -> Value | Name:
    while type(node) is exp.Paren:
        (node,) = _parts(node, "this")
    return _column(node) if type(node) is exp.Column else _literal(node)


def _column(node: exp.Expression) -> Name:
    while type(node) is exp.Paren:
        (node,) = _parts(node, "this")
    if type(node) is not exp.Column:
        raise RefusedCondition(f"{_described(node)} stands where a column is expected")
    if node.args.get("table") is not None:
        raise RefusedCondition(f'{_written(node)} is no plain name; write names with a dot in double quotes ("a.b")')
    (identifier,) = _parts(node, "this")
    if type(identifier) is not exp.Identifier:
        raise RefusedCondition(f"{_described(identifier)} is not allowed in it")
    text, quoted = _parts(identifier, "this", "quoted")
    return Name(str(text), bool(quoted))


def _literal(node: exp.Expression) -> Value:
    kind = type(node)
    if kind is exp.Paren:
        return _literal(*_parts(node, "this"))
    if kind is exp.Literal:
        text, is_text = _parts(node, "this", "is_string")
        return str(text) if is_text else _number(str(text))
    if kind is exp.Neg:
        value = _literal(*_parts(node, "this"))
        if isinstance(value, Decimal):
            return -value
    if kind is exp.Boolean:
        return bool(*_parts(node, "this"))
    if kind is exp.Cast:
        return _dated(node)
    if kind is exp.Null:
        raise RefusedCondition("nothing equals NULL; write IS NULL or IS NOT NULL")
    if kind is exp.Column:
        raise RefusedCondition(
            f"the column {_written(node)} stands where a literal is expected; texts stand in single quotes"
        )
    raise RefusedCondition(f"{_described(node)} is not allowed in it")


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise RefusedCondition(f"{text[:40]!r} is no number") from None
    if number and abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise RefusedCondition(f"the number {text[:40]} is too large or too small to be in any column")
    return number


def _dated(node: exp.Expression) -> Moment:
    this, to = _parts(node, "this", "to")
    types = (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ)
    if type(this) is not exp.Literal or not this.is_string or to.this not in types or to.expressions:
        raise RefusedCondition(f"{_described(node)} is not allowed in it; only DATE '...' and TIMESTAMP '...' are")
    moment = moment_of(this.this)
    if moment is None or (to.this is exp.DataType.Type.DATE and len(this.this.strip()) > len("2024-01-31")):
        raise RefusedCondition(f"{this.this[:40]!r} is no such date; write it as 2024-01-31 or 2024-01-31 12:00:00")
    return moment


def _described(node: exp.Expression) -> str:
    what = "the function" if isinstance(node, exp.Func) else "the query" if isinstance(node, exp.Query) else ""
    return f"{what} {_written(node)}".strip()


def _written(node: exp.Expression) -> str:
    """The node as SQL, cut short."""
    try:
        text = node.sql()
    except (SqlglotError, RecursionError, ValueError):
        text = type(node).__name__
    return f"`{text[:80]}…`" if len(text) > 80 else f"`{text}`"
