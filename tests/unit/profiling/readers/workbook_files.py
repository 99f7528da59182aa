"""Excel workbooks as small as they can be: sheets of rows, written cell by cell, with whatever a test wants in them."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_FORMAT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: Styles by number: 1 a date, 2 a date with time, 3 a time of day, 4 a duration.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="21"/><xf numFmtId="164"/>'
    "</cellXfs></styleSheet>"
)


@dataclass(frozen=True)
class Styled:
    """A number in one of the styles."""

    value: float
    style: int


@dataclass(frozen=True)
class ErrorValue:
    """A cell whose formula failed."""

    value: str


@dataclass(frozen=True)
class SheetFile:
    """A sheet: rows of cells, None for an empty one."""

    rows: Iterable[Sequence[object]]
    merged: Sequence[str] = ()
    state: str = "visible"


def write_workbook(path: Path, sheets: Mapping[str, SheetFile | Iterable[Sequence[object]]]) -> Path:
    """Write a workbook."""
    files = {name: sheet if isinstance(sheet, SheetFile) else SheetFile(sheet) for name, sheet in sheets.items()}
    return write_parts(
        path,
        {name: _sheet(sheet) for name, sheet in files.items()},
        {name: sheet.state for name, sheet in files.items()},
    )


def write_parts(path: Path, parts: Mapping[str, Iterable[str]], states: Mapping[str, str] | None = None) -> Path:
    """Write a workbook of sheets that are written already."""
    numbers = range(1, len(parts) + 1)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" state="{(states or {}).get(name, "visible")}" '
        f'r:id="rId{number}"/>'
        for number, name in zip(numbers, parts, strict=True)
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    styles = f'<Relationship Id="rId0" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_FORMAT}.worksheet+xml"/>'
        for number in numbers
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_FORMAT}.sheet.main+xml"/>{types}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{styles}{targets}</Relationships>',
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for number, part in zip(numbers, parts.values(), strict=True):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as file:
                file.write(f'<worksheet xmlns="{_MAIN}">'.encode())
                for text in part:
                    file.write(text.encode())
                file.write(b"</worksheet>")
    return path


def _sheet(sheet: SheetFile) -> Iterable[str]:
    yield "<sheetData>"
    for number, row in enumerate(sheet.rows, start=1):
        cells = "".join(
            _cell(f"{_letters(column)}{number}", value) for column, value in enumerate(row) if value is not None
        )
        yield f'<row r="{number}">{cells}</row>'
    yield "</sheetData>"
    if sheet.merged:
        ranges = "".join(f'<mergeCell ref="{range_}"/>' for range_ in sheet.merged)
        yield f"<mergeCells>{ranges}</mergeCells>"


def _cell(place: str, value: object) -> str:
    match value:
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case ErrorValue(text):
            return f'<c r="{place}" t="e"><v>{text}</v></c>'
        case Styled(number, style):
            return f'<c r="{place}" s="{style}"><v>{number}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
