"""Each format of documents becomes its passages, and what it says of itself is taken over."""

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import docx
import pptx
import pypdf
import pytest

from airflow_provider_profiler.profiling.documents.pdf import pdf_date
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent

ENTITIES = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def sections(document: Any) -> list[tuple[str, str, str]]:
    return [(chunk.section, chunk.subsection, chunk.text) for chunk in document.chunks]


def test_markdown(read: Any) -> None:
    text = (
        "---\ntitle: 'Tides'\nauthor: A. Nereid, B. Triton\ntags: [sea, moon]\nlicence: CC0\n---\n"
        "# The sea\n\nIt *rises* and\nfalls.\n\n## Why\n\n- The [moon](x).\n- The sun.\n\n"
        "### How\n\n| a | b |\n|---|---|\n"
        "| 1 | 2 |\n\n## Code\n\n```python\nprint('not a word')\n```\n<p>And <b>markup</b>.</p>\n"
    )
    found = read("markdown", text)
    assert (found.title, found.authors, found.keywords[:2]) == ("Tides", ("A. Nereid", "B. Triton"), ("sea", "moon"))
    assert [(item.name, item.value) for item in found.metadata] == [("licence", "CC0")]
    assert sections(found) == [
        ("The sea", "", "The sea\n\nIt rises and\nfalls."),
        ("Why", "", "Why\n\nThe moon.\n\nThe sun."),
        ("Why", "How", "How\n\na | b\n\n1 | 2"),
        ("Code", "", "Code\n\nprint('not a word')\n\nAnd markup."),
    ]
    assert found.sentences == 5  # of the rows of its table one has a letter
    assert found.words == 2 + 4 + 1 + 2 + 2 + 1 + 2 + 2 + 1 + 2


def test_a_heading_alone_above_all_others_is_the_title(read: Any) -> None:
    assert read("markdown", "# One\n\ntext\n\n## Two\n\nmore").title == "One"
    assert read("markdown", "# One\n\ntext\n\n# Two\n\nmore").title == ""


def test_html(read: Any) -> None:
    page = (
        "<!doctype html><html lang=el><head><meta charset=utf-8><title>Ferries &amp; more</title>"
        '<meta name=author content="N. Port"><meta name="keywords" content="ferry, island">'
        '<meta property="og:type" content="article"><style>p {color: red}</style></head><body><nav>Home</nav>'
        "<h1>Lines</h1><p>From\n  Piraeus <b>to</b> Syros.<script>var hidden = '<p>no</p>'</script><br>Daily.<p>Next"
        "<h2>Fares</h2><table><tr><th>port<th>fare</tr><tr><td>Naxos<td><p>42</p></table><pre>x  =  1\ny</pre>tail"
        "<template><p>never</p></template><img alt='a ship' src=x></body></html>"
    )
    found = read("html", page)
    assert (found.title, found.authors, found.keywords) == ("Ferries & more", ("N. Port",), ("ferry", "island"))
    assert [(item.name, item.value) for item in found.metadata] == [("og:type", "article")]
    assert [text for _, _, text in sections(found)] == [
        "Home",
        "Lines\n\nFrom Piraeus to Syros.\nDaily.\n\nNext",
        "Fares\n\nport | fare\n\nNaxos | 42\n\nx  =  1\ny\n\ntail a ship",
    ]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("<meta charset=windows-1253><p>Πλοία</p>".encode("cp1253"), "cp1253"),
        ("<p>Πλοία</p>".encode("utf-16"), "utf-16-le"),
        ("<meta charset=latin-1><p>Πλοία</p>".encode(), "utf-8"),
    ],
)
def test_what_html_says_of_its_encoding_counts_after_what_its_bytes_say(
    read: Any, content: bytes, encoding: str
) -> None:
    assert read("html", content).chunks[0].text == "Πλοία"


def test_nesting_without_end_is_no_trouble(read: Any) -> None:
    assert read("html", "<div>" * 20_000 + "deep" + "</div>" * 20_000).chunks[0].text == "deep"
    assert read("markdown", ">" * 20_000 + " deep").complete
    with pytest.raises(UnreadableFile, match="recursion"):
        read("notebook", "[" * 100_000)


def test_plain_text_in_pages(read: Any) -> None:
    found = read("plain_text", "One\r\nline.\r\n\r\n  Two.\fThree.\f")
    assert (found.pages, found.words, found.sentences) == (2, 4, 3)
    assert [(chunk.text, chunk.page) for chunk in found.chunks] == [("One\nline.\n\n  Two.\n\nThree.", 1)]
    assert read("plain_text", "no page").pages is None
    assert read("plain_text", b"").characters == 0
    with pytest.raises(UnreadableFile, match="PNG"):
        read("plain_text", b"\x89PNG\r\n\x1a\n")


def test_restructured_text(read: Any) -> None:
    text = (
        "=====\nTitle\n=====\n\n:Author: A. Nereid\n:Status: draft\n\nFirst\n=====\nText.\n\nInner\n-----\n\nMore.\n\n"
    )
    text += "Last\n====\n\nEnd."
    found = read("restructured_text", text)
    assert (found.title, found.authors) == ("Title", ("A. Nereid",))
    assert [(section, inner) for section, inner, _ in sections(found)] == [
        *(("Title", ""), ("First", ""), ("First", "Inner"), ("Last", "")),
    ]


def test_pdf(read: Any, make_pdf: Any) -> None:
    info = (
        b"<</Title(On tides)/Author(A. Nereid; B. Triton)/Keywords(sea, moon)/CreationDate(D:20240229120000+02'00')>>"
    )
    pages = [
        ["Harbour news", "One", "The sea rises twice."],
        ["Harbour news", "It falls as often.", "Two", "The moon draws it."],
        ["Harbour news", "Nothing else does."],
        ["Harbour news"],
        [],
    ]
    content = make_pdf(*pages, bookmarks=[(1, "One"), (2, "Two"), (2, "Gone")], info=info)
    found = read("pdf", content)
    assert (found.title, found.authors, found.pages) == ("On tides", ("A. Nereid", "B. Triton"), 5)
    assert found.created == datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=2)))
    assert found.keywords[:2] == ("sea", "moon")
    assert [(chunk.section, chunk.page) for chunk in found.chunks] == [("", 1), ("One", 1), ("Two", 2)]
    assert found.chunks[1].text == "One\n\nThe sea rises twice.\n\nHarbour news\n\nIt falls as often."
    # What is on every page is no sentence and no keyword, but in the text.
    assert (found.sentences, "Harbour news" in found.keywords) == (4, False)
    assert found.notes == ("pages 4, 5 have no text of their own; what images show would need recognition",)


def test_pdf_dates() -> None:
    assert pdf_date("D:2024") == datetime(2024, 1, 1, tzinfo=UTC)
    assert pdf_date("D:20250703133939Z00'00'") == datetime(2025, 7, 3, 13, 39, 39, tzinfo=UTC)
    assert pdf_date("D:20241399") is None
    assert pdf_date("yesterday") is None


def test_a_pdf_with_a_password_is_not_damaged(read: Any) -> None:
    for user, refused in (("secret", True), ("", False)):
        writer, target = pypdf.PdfWriter(), io.BytesIO()
        writer.add_blank_page(100, 100)
        writer.encrypt(user, "owner", algorithm="RC4-128")
        writer.write(target)
        if refused:
            with pytest.raises(UnsupportedContent, match=r"folder/file: is encrypted"):
                read("pdf", target.getvalue())
        else:
            assert read("pdf", target.getvalue()).pages == 1


def test_pages_that_lead_in_circles_or_are_a_million(read: Any) -> None:
    from tests.unit.profiling.documents.conftest import pdf_of

    loop = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1000000>>", b"null", b"<<>>"]
    found = read("pdf", pdf_of(loop))
    assert (found.pages, found.complete) == (1_000_000, False)
    assert found.notes[0] == "the first 20000 of 1000000 pages were looked at"


def test_word(read: Any) -> None:
    document = docx.Document()
    core = document.core_properties
    core.title, core.author, core.keywords, core.subject = "Tides", "A. Nereid; B. Triton", "sea; moon", "water"
    document.add_heading("First", 1)
    document.add_paragraph("The sea rises.")
    document.add_heading("Inner", 2)
    table = document.add_table(2, 2)
    for place, text in enumerate(("port", "tide", "Syros", "low")):
        table.cell(place // 2, place % 2).text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    document.add_heading("Second", 1)
    document.add_paragraph("Übrigens.")
    target = io.BytesIO()
    document.save(target)
    found = read("docx", target.getvalue())
    assert (found.title, found.authors, found.keywords) == ("Tides", ("A. Nereid", "B. Triton"), ("sea", "moon"))
    assert ("subject", "water") in [(item.name, item.value) for item in found.metadata]
    assert sections(found) == [
        ("First", "", "First\n\nThe sea rises."),
        ("First", "Inner", "Inner\n\nport tide\n\nSyros | low"),
        ("Second", "", "Second\n\nÜbrigens."),
    ]


def test_what_office_documents_may_not_hold(read: Any, altered: Any) -> None:
    target = io.BytesIO()
    docx.Document().save(target)
    sound, part = target.getvalue(), "word/document.xml"
    with pytest.raises(UnreadableFile, match=r"document\.xml declares entities"):
        read("docx", altered(sound, part, lambda xml: xml.replace(b"<w:document", ENTITIES + b"<w:document", 1)))
    with pytest.raises(TooMuchData, match="times its size; the limit is 200"):
        read("docx", altered(sound, part, lambda xml: xml + b" " * 20_000_000))
    with pytest.raises(UnsupportedContent, match="encrypted, or in an older format"):
        read("docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    with pytest.raises(UnreadableFile, match=r"is no Word document \(docx\) that can be read"):
        read("docx", sound[: len(sound) // 2])
    with pytest.raises(UnreadableFile, match="is no presentation"):
        read("pptx", sound)


def test_slides(read: Any) -> None:
    slides = pptx.Presentation()
    first = slides.slides.add_slide(slides.slide_layouts[1])
    first.shapes.title.text = "Tides"
    first.placeholders[1].text = "They rise.\nThey fall."
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    second = slides.slides.add_slide(slides.slide_layouts[6])
    second.shapes.add_table(1, 2, 0, 0, 9, 9).table.cell(0, 1).text = "low"
    target = io.BytesIO()
    slides.save(target)
    found = read("pptx", target.getvalue())
    assert found.pages == 2
    assert [(*entry, chunk.page) for entry, chunk in zip(sections(found), found.chunks, strict=True)] == [
        ("Tides", "", "Tides\n\nThey rise.\nThey fall.\n\nSpeak slowly.", 1),
        ("Slide 2", "", "| low", 2),
    ]


def test_notebooks_of_both_kinds(read: Any) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "They *rise*."]},
        {"cell_type": "code", "source": "plot(tides)", "outputs": [{"text": "never"}]},
        {"cell_type": "raw", "source": ""},
    ]
    metadata = {"title": "Sea", "authors": [{"name": "A. Nereid"}], "kernelspec": {"name": "python3"}}
    found = read("notebook", json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}))
    assert (found.title, found.authors, found.pages) == ("Sea", ("A. Nereid",), 3)
    assert [(chunk.section, chunk.text, chunk.page) for chunk in found.chunks] == [
        ("Tides", "Tides\n\nThey rise.\n\nplot(tides)", 1)
    ]
    assert (found.words, found.sentences) == (3, 1)
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y"]}]}]}
    assert read("notebook", json.dumps(old)).chunks[0].text == "x = 1\ny"
    with pytest.raises(UnreadableFile, match="no notebook: it has no list of cells"):
        read("notebook", '{"cars": 3}')
