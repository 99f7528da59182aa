"""What stands around a table in its file and is no row of it: titles before it, comments, totals and sources behind."""

import re
from collections.abc import Sequence

from airflow_provider_profiler.profiling.readers.splitting import Record

#: What comments begin with; found only where the file begins with them, or where such lines fit no table.
COMMENT_MARKS = ("#", "//", "%", "--")
_MOST_PREAMBLE = 40
_MOST_FOOTER = 100
#: Rows of equal width that are a table although one is not like them.
_SHORT_TABLE = 4
_FOOTER = re.compile(
    r"""\W*(?:
      (?:grand\s+|sub)?totals?\b | sum\b | sources?\b | notes?\b | footnotes?\b | generated\b | exported\b | updated\b
    | downloaded\b | copyright\b | \(c\) | ©  | \d+\s+(?:rows?|records?|lines?)\b | (?:rows?|records?)\b | end\s+of\b
    | quellen?\b | quelle\(n\) | hinweise?\b | anmerkung(?:en)?\b | summe\b | gesamt\b | insgesamt\b | stand\b
    | fuentes?\b | fonte\b | notas?\b | nota\b | totale\b | totaux\b | remarques?\b | bron\b | källa\b
    | πηγ[ήέ] | σημε[ίι]ωση | σημειώσεις | σύνολο | γενικό\s+σύνολο
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_RULE = re.compile(r"\W{3,}")


def leading_comments(text: str, marks: Sequence[str] = COMMENT_MARKS) -> tuple[str | None, int, int]:
    """The comments at the start of a text: what they begin with, the offset behind them, and how many there are.

    A text that is nothing else has none: its lines are data.

    :param marks: what comments may begin with.
    """
    for mark in marks:
        stop = lines = 0
        for line in re.finditer(r"([^\r\n]*)(\r\n|\r|\n|\Z)", text):
            if line.group(1).startswith(mark):
                lines, stop = lines + 1, line.end()
            elif line.group(1).strip() or line.end() == len(text):
                break
        if lines and text[stop:].strip():
            return mark, stop, lines
    return None, 0, 0


def comment_mark(records: Sequence[Record], width: int) -> str | None:
    """What begins lines among the rows that fit no table, and none that does."""
    for mark in COMMENT_MARKS:
        marked = [record for record in records if record.cells[0].startswith(mark) and not record.enclosed[0]]
        if width > 1 and marked and all(len(record.cells) != width for record in marked):
            return mark
    return None


def preamble_length(records: Sequence[Record], width: int) -> int:
    """Records before the table: blank ones, titles, and lists that are narrower than the table.

    A title is one cell alone where the table has three or more; in a table of two it is known by having one.
    """
    length = 0
    titles = narrow = 0
    for index, record in enumerate(records[: _MOST_PREAMBLE + 1]):
        filled = sum(bool(cell.strip()) for cell in record.cells)
        is_title = filled <= 1 and (width >= 3 or (width == 2 and len(record.cells) == 1))
        is_narrow = bool(titles) and width >= 4 and len(record.cells) <= width // 2
        if not record.is_blank and not is_title and not is_narrow:
            return index if _worth_skipping(records, index, width, strict=narrow > 0) else length
        titles += is_title or record.is_blank
        narrow += is_narrow and not is_title
        if record.is_blank and length == index:
            length = index + 1  # blank lines at the very start are never data
    return length


def _worth_skipping(records: Sequence[Record], index: int, width: int, *, strict: bool) -> bool:
    """Whether what follows titles is a table: a mistake here would drop rows."""
    body = rows_up_to_footer([record for record in records[index:] if not record.is_blank], width)
    fitting = sum(len(record.cells) == width for record in body)
    first = next((place for place, record in enumerate(records) if not record.is_blank), index)
    separated = any(record.is_blank or not any(record.cells) for record in records[first:index])
    # A table is longer than what stands before it; of a short one a row or the header may be damaged.
    return (
        len(body) >= max(4 if strict else 2, index if index > 4 else 0)
        and (fitting >= 0.9 * len(body) or is_short_table(body, width))
        and (width >= 3 or separated)
    )


def is_short_table(records: Sequence[Record], width: int) -> bool:
    """Whether all records but one have the table's width, and there are some."""
    fitting = sum(len(record.cells) == width for record in records)
    return fitting >= max(_SHORT_TABLE, len(records) - 1)


def rows_up_to_footer(records: Sequence[Record], width: int) -> Sequence[Record]:
    """Records without those at the end that are narrower than the table, where the table has three columns or more."""
    stop = len(records)
    while stop > 1 and len(records) - stop < _MOST_FOOTER and len(records[stop - 1].cells) < max(width - 1, 2) < width:
        stop -= 1
    return records[:stop] if stop > 1 else records


def footer_length(records: Sequence[Record], width: int) -> int:
    """Records behind the last row: totals, sources and notes. Blank ones among them count; blank ones alone are none.

    A row that a missing delimiter has made narrower is none of them: they are one text, or begin with a word that
    tells, such as ``Total`` or ``Source``.

    :param records: the last ones of a table.
    """
    length = 0
    for back in range(1, min(len(records), _MOST_FOOTER) + 1):
        record = records[-back]
        if not any(cell.strip() for cell in record.cells):
            continue
        before = records[-back - 1] if back < len(records) else None
        if _is_footer(record, width, separated=before is not None and not any(map(str.strip, before.cells))):
            length = back
        elif width < 4 or len(record.cells) > width // 2 or record.damaged:
            break  # what is narrower belongs to the footer, where one begins before it
    return length


def _is_footer(record: Record, width: int, *, separated: bool) -> bool:
    text = next(cell for cell in record.cells if cell.strip()).strip()
    filled = sum(bool(cell.strip()) for cell in record.cells)
    tells = _FOOTER.match(text) is not None
    if width < 2 or record.damaged:
        return False
    if len(record.cells) == width:
        # A total of all columns may as well be a row of the table.
        return filled == 1 and tells and ":" in text
    if tells:
        return True
    is_text = " " in text or ":" in text or _RULE.fullmatch(text) is not None
    return len(record.cells) == 1 and is_text and (width >= 3 or separated)
