"""Delimiter, quotes and header are found by votes, and records split as Arrow splits them."""

import csv
import io

import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.readers.dialect import TooWide, find_layout
from airflow_provider_profiler.profiling.readers.header import votes_for_header
from airflow_provider_profiler.profiling.readers.splitting import split_records
from airflow_provider_profiler.profiling.readers.values import is_data

CELLS = st.text(alphabet=st.sampled_from("ab,;\"'\n\r\t |é1"), max_size=6)
TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1))
LINES = st.lists(st.text(alphabet=st.sampled_from("a1,,,;;\"'#\\ "), max_size=16), min_size=1, max_size=3)


@settings(max_examples=50)
@given(
    st.lists(st.one_of(st.just(",,,"), st.just('"a",1,"b,c",\'d\''), st.just("a,;,;b;;c,")), min_size=1, max_size=5)
    | LINES
    | LINES.map(lambda lines: lines[:1] * 3),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_counted_as_too_wide_is_as_wide_when_it_is_read(lines: list[str], end: str) -> None:
    text = end.join(lines) + end
    read = find_layout(text, complete=True)
    try:
        assert find_layout(text, complete=True, most_columns=2) == read
    except TooWide as found:
        assert found.columns == len(read.names) > 2


@pytest.mark.parametrize(
    "text",
    [
        "name\ta,b,c,d\n" * 3,
        "a,b,c,d\n1,2\n",
        '"a,b,c,d"\n',
        "a,b\n",
        "abcd\n",
    ],
)
def test_what_may_be_a_narrow_table_is_split(text: str) -> None:
    assert len(find_layout(text, complete=True, most_columns=3).names) > 0


def test_what_is_too_wide_is_told_before_it_is_split() -> None:
    with pytest.raises(TooWide, match="4 columns"):
        find_layout("a,b,c,d\n" * 3, complete=True, most_columns=3)


@given(TABLES, st.sampled_from([",", ";", "\t", "|"]))
def test_written_tables_split_into_their_cells(table: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    records = split_records(text.getvalue(), delimiter, '"')
    assert [list(record.cells) for record in records] == table
    assert records[-1].stop == len(text.getvalue())


@given(st.text(alphabet=st.sampled_from('a,"\n\r '), max_size=30))
def test_any_text_splits_as_arrow_splits_it(text: str) -> None:
    expected = []
    widths = [len(record.cells) for record in split_records(text, ",", '"') if not record.is_blank]
    if not widths:
        return
    width = max(widths)
    names = [f"c{index}" for index in range(width)]
    rejected: list[int] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        rejected.append(row.actual_columns)
        return "skip"

    rows = pa.csv.read_csv(
        pa.BufferReader(text.encode()),
        read_options=pa.csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_aside),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    expected = [tuple(row.values()) for row in rows.to_pylist()]
    assert sorted(rejected) == sorted(size for size in widths if size != width)
    ours = [record.cells for record in split_records(text, ",", '"') if len(record.cells) == width]
    assert [row for row in ours if row != ("",)] == [row for row in expected if row != ("",)]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\n1,2\t3,4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("id,tags\n1,x;y;z\n2,u;v;w\n", ","),
        ('"a,b";"c,d"\n"1,2";"3,4"\n', ";"),
        ("LP,Name\nA,x; y; z\nB,u; v; w\n", ","),
    ],
)
def test_the_delimiter(text: str, delimiter: str) -> None:
    assert find_layout(text, complete=True).dialect.delimiter == delimiter


def test_a_single_column_is_never_split() -> None:
    layout = find_layout("remark\nfine\nwell, so so\nno\nyes\n", complete=True)
    assert layout.names == ("remark",)
    assert layout.dialect.delimiter not in "remark fine, well so no yes"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b,c\n1,2,3\n", True),
        ("1,null,0\n2,0,0\n", False),
        ("Year,2000,2001,2002\nx,1,2,3\n", True),
        ("5,2000,2001\n6,1,2\n", False),
        ("foo\nfoo\nfoo\n", False),
        ("name,city\nJohn,Rome\nAnn,Oslo\n", True),
        ("2024-01-01,x\n2024-01-02,y\n", False),
        ("a,b\n", True),
        ("1,2\n", False),
        ("Σταθμός,Επιβάτες\nΣύνταγμα,192\n", True),
        # Days and numbers at equal steps name columns, unless the rows go on with them.
        ("Place,1/22/20,1/23/20,1/24/20\nA,0,1,2\nB,5,6,8\n", True),
        ("Place,0,1,2,3\nA,123,4,56,7\nB,8,12,1,9\n", True),
        ("A,1,2,3\nB,4,5,6\n", False),
        ("A,2024-01-01,2024-01-02,2024-01-05\nB,2024-01-03,2024-01-04,2024-01-05\n", False),
        # Files that were joined.
        ("name,size\nA,5\nname,size\n", True),
        # What all values have and the names do not.
        ("who,who\nann@x.org,March 5\nbo@x.org,April 6\ncy@x.org,May 7\n", True),
    ],
)
def test_the_header(text: str, header: bool) -> None:
    assert find_layout(text, complete=True).dialect.header is header


def test_titles_before_the_table_are_skipped_and_counted() -> None:
    text = "Emissions\nin tonnes\n\nYear,a,b\n2001,1,2\n2002,3,4\n"
    layout = find_layout(text, complete=True)
    assert layout.names == ("Year", "a", "b")
    assert layout.skipped_lines == 3
    assert text[layout.data_start :].startswith("2001")


def test_sparse_rows_at_the_top_are_not_taken_for_titles() -> None:
    layout = find_layout("a,b,c\n1,,\n2,,\n3,4,5\n", complete=True)
    assert (layout.skipped_lines, layout.names) == (0, ("a", "b", "c"))


def test_single_quotes_and_backslashes() -> None:
    single = find_layout("a,b\n'1,5','x'\n'2,5','y'\n", complete=True)
    assert (single.dialect.quote, len(single.names)) == ("'", 2)
    escaped = find_layout('a,b\n"x \\"y\\" z",1\n"u \\"v\\" w",2\n', complete=True)
    assert escaped.dialect.escape == "\\"
    assert find_layout('a,b\n"C:\\dir\\",1\n"D:\\",2\n', complete=True).dialect.escape is None


def test_the_last_record_of_a_torn_sample_is_not_looked_at() -> None:
    assert find_layout("a,b\n1,2\n3,4\n5,6,7,8,9", complete=False).records == 3


def test_a_header_that_most_rows_disagree_with() -> None:
    layout = find_layout("a,b\n1,2,\n3,4,\n5,6,\n", complete=True)
    assert (layout.names, layout.header_width) == (("a", "b", ""), 2)


def test_votes_without_rows() -> None:
    assert votes_for_header([], []) is False
    assert votes_for_header(["", " "], []) is False


def test_long_cells_are_not_values_and_cost_nothing() -> None:
    assert not is_data("1" + " " * 1_000_000)
    assert is_data("-1,234.5 €")


def test_an_escape_at_the_end_of_a_long_cell_takes_no_longer() -> None:
    text = 'a,b\n"x\\"y","z\\"w"\n"' + "v" * 50_000 + "\\"
    layout = find_layout(text, complete=True)
    assert layout.dialect.escape == "\\"
    assert layout.names == ("a", "b")


def test_a_stray_quote_changes_neither_header_nor_width() -> None:
    for line in range(1, 9):
        for place in range(len("7,spade,0.5") + 1):
            lines = ["id,tool,price", *(f"{number},spade,0.5" for number in range(8))]
            lines[line] = lines[line][:place] + '"' + lines[line][place:]
            layout = find_layout("\n".join(lines), complete=True)
            assert (layout.names, layout.dialect.delimiter) == (("id", "tool", "price"), ","), lines


def test_comments_before_and_among_the_rows() -> None:
    text = "# made by hand\n# units: kg, m\n\nid,name\n1,x\n# a remark\n2,y\n"
    layout = find_layout(text, complete=True)
    assert (layout.names, layout.dialect.comment, layout.comment_lines) == (("id", "name"), "#", 2)
    assert (layout.skipped_lines, text[layout.data_start :]) == (1, "1,x\n# a remark\n2,y\n")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#id,name\n1,x\n2,y\n", ("#id", "name")),
        ("#tag\n#fun\n#sun\n", ("#tag",)),
        ("tag,n\n#fun,1\n#sun,2\n", ("tag", "n")),
    ],
)
def test_what_only_looks_like_a_comment(text: str, names: tuple[str, ...]) -> None:
    layout = find_layout(text, complete=True)
    assert (layout.dialect.comment, layout.comment_lines, layout.skipped_lines) == (None, 0, 0)
    assert layout.names == names


def test_a_second_row_of_names_or_units() -> None:
    groups = find_layout(
        "place,2019,,2020,\n,low,high,low,high\nSyros,1,2,3,4\nNaxos,5,6,7,8\nParos,1,3,5,7\n", complete=True
    )
    assert groups.names == ("place", "2019 low", "2019 high", "2020 low", "2020 high")
    units = find_layout("time,depth,speed\n,m,m/s\n1,2,3\n4,5,6\n7,8,9\n", complete=True)
    assert (units.names, units.header_rows) == (("time", "depth m", "speed m/s"), 2)
    assert find_layout("a,b\nx,y\n1,2\n3,4\n5,6\n7,8\n9,1\n2,3\n4,5\n6,7\n", complete=True).header_rows == 2
    assert find_layout("name,n\nAnn,\nBob,1\nEve,2\nJim,3\n", complete=True).header_rows == 1


def test_what_is_told_wins() -> None:
    text = "x;y\n'a';1\n'b';2\n~ no row\n"
    told = ReadingOptions(delimiter=";", quote="'", escape="", header=False, skip_lines=1, comment="~")
    layout = find_layout(text, complete=True, options=told)
    assert (layout.skipped_lines, layout.names, layout.dialect.comment) == (1, ("", ""), "~")
    assert text[layout.data_start :].startswith("'a'")
    assert find_layout('a,b\n"x,1\n', complete=True, options=ReadingOptions(quote="")).dialect.quote is None


def test_a_list_of_properties_before_the_table() -> None:
    text = "Report\n\nRegion:;All\nYear:;2020\n\nname;a;b;c;d\n" + "x;1;2;3;4\n" * 6
    layout = find_layout(text, complete=True)
    assert (layout.names, layout.skipped_lines) == (("name", "a", "b", "c", "d"), 5)


def test_cells_that_are_apostrophes_are_not_enclosed_in_them() -> None:
    assert find_layout("a,b\n','\n','\n", complete=True).dialect.quote == '"'


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_the_line_that_tells_spreadsheets_the_delimiter(line: str) -> None:
    layout = find_layout(f"{line}\r\nname, first;size\r\nA, a;5\r\nB, b;6\r\n", complete=True)
    assert (layout.dialect.delimiter, layout.names, layout.skipped_lines) == (";", ("name, first", "size"), 1)
    told = find_layout(f"{line}\na,b\n", complete=True, options=ReadingOptions(skip_lines=0))
    assert told.skipped_lines == 0


def test_single_quotes_around_double_ones() -> None:
    layout = find_layout("'a','b'\n'say \"yes, no\"','1'\n'x, y','2'\n'z','3'\n", complete=True)
    assert (layout.dialect.quote, layout.names) == ("'", ("a", "b"))


def test_delimiters_that_are_escaped_instead_of_quoted() -> None:
    layout = find_layout("id,text\n1,x\\, y\n2,z\n3,u\\, v\\, w\n", complete=True)
    assert (layout.dialect.escape, layout.names, layout.agreement) == ("\\", ("id", "text"), 1)
    paths = find_layout("id,path\n1,C:\\\n2,D:\\x\n", complete=True)
    assert paths.dialect.escape is None


@pytest.mark.parametrize("last", ["9;Z", "Total;20", "9;Z;5;6"])
def test_titles_before_a_short_table_with_one_odd_row(last: str) -> None:
    layout = find_layout(f"Report: a, b\n\nid;name;size\n1;A;5\n2;B;7\n3;C;8\n{last}\n", complete=True)
    assert (layout.names, layout.skipped_lines) == (("id", "name", "size"), 2)


def test_blank_lines_at_the_top_make_no_title_of_a_name() -> None:
    layout = find_layout("\n\nshare\n1,5\n2,5\n3,25\n", complete=True)
    assert layout.names == ("share",)
