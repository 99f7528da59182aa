"""What is found in texts: words, sentences, languages, readability, keywords, and passages in their places."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.facts import document_facts
from airflow_provider_profiler.profiling.documents.keywords import keywords
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage
from airflow_provider_profiler.profiling.documents.readability import readability
from airflow_provider_profiler.profiling.documents.words import sentences_of, words_of

ENGLISH = (
    "The harbour master closes the gate when the wind blows from the north. Ferries wait behind the island until the "
    "sea is calm again. Passengers complain about the delay, but the captain never sails against the advice of the "
    "harbour master. Last winter the gate stayed closed for eleven days. The gate is old and heavy. "
)
GREEK = (
    "Ο λιμενάρχης κλείνει την πύλη όταν φυσάει βοριάς. Τα πλοία περιμένουν πίσω από το νησί μέχρι να ηρεμήσει η "
    "θάλασσα. Οι επιβάτες παραπονιούνται για την καθυστέρηση, αλλά ο καπετάνιος δεν φεύγει ποτέ χωρίς άδεια. "
)
GERMAN = (
    "Der Hafenmeister schließt das Tor, wenn der Wind aus dem Norden weht. Die Fähren warten hinter der Insel, bis "
    "das Meer wieder ruhig ist. Die Fahrgäste beschweren sich über die Verspätung, aber der Kapitän fährt nie "
    "ohne Erlaubnis. "
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't pay 3.50 or 1,000 for it.", ["Don't", "pay", "3.50", "or", "1,000", "for", "it"]),
        ("l’été à Saint-Malo", ["l’été", "à", "Saint-Malo"]),
        ("Τα πλοία· φεύγουν;", ["Τα", "πλοία", "φεύγουν"]),
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया"]),
        ("你好，世界", ["你", "好", "世", "界"]),
        ("ひらがなとカタカナ語", ["ひらがなとカタカナ", "語"]),
        ("مرحبا بالعالم؟", ["مرحبا", "بالعالم"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("-- ... !", []),
    ],
)
def test_words_of_many_scripts(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Dr. Smith paid $3.50 on Jan. 5. Did he? He did!", 3),
        ("de", "Das ist z.B. gut. Am 3. Mai kam er.", 2),
        ("el", "Τι κάνεις; Είμαι καλά.", 2),
        ("el", "Τι κάνεις\u037e Είμαι καλά.", 2),
        ("zh", "你好吗？我很好。谢谢！", 3),
        ("ar", "كيف حالك؟ أنا بخير.", 2),
        ("hi", "नमस्ते। आप कैसे हैं?", 2),
        (None, "One. Two. 3. ...", 2),
    ],
)
def test_sentences_by_the_marks_of_the_language(language: str | None, text: str, count: int) -> None:
    assert len(list(sentences_of(text, language))) == count


def facts(*passages: Passage | str, **options: Any) -> Any:
    taken = (Passage(item) if isinstance(item, str) else item for item in passages)
    return document_facts(taken, About(), ReadingOptions(**options))


def test_languages_by_their_share() -> None:
    found = facts(*[ENGLISH] * 6, *[GREEK] * 3)
    assert [item.code for item in found.languages] == ["en", "el"]
    english, greek = (item.share for item in found.languages)
    assert english + greek == pytest.approx(1)
    assert 0.2 < greek < 0.35
    assert {chunk.language for chunk in found.chunks if "Ferries" in chunk.text} == {"en"}
    assert found.chunks[-1].language == "el"


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (GREEK, "el"), (GERMAN, "de")])
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert [(item.code, item.share) for item in facts(text).languages] == [(language, 1.0)]


def test_formulas_and_code_are_in_no_language() -> None:
    formulas = "sin2(x) dx = x - 1 / 2 cos2(y) + C, n = 1, k = 3 " * 3
    found = facts(*[ENGLISH] * 4, formulas, Passage("for der in das: die(und)\n" * 40, Kind.CODE))
    assert [item.code for item in found.languages] == ["en"]
    assert facts("12 34").languages == ()
    assert facts("x").languages == ()


def test_readability_by_hand() -> None:
    # Ten sentences of ten words of one syllable, and of two.
    short = ["the cat and the dog sat on the old mat"] * 10
    assert readability(short, "en").score == round(206.835 - 1.015 * 10 - 84.6, 2)
    assert readability(["water " * 10] * 10, "en").score == round(206.835 - 1.015 * 10 - 84.6 * 2, 2)
    assert readability(["вода " * 10] * 10, "ru").score == round(206.836 - 1.3 * 10 - 60.1 * 2, 2)
    # LIX counts words of more than six letters; Gulpease letters.
    assert readability(["vatten havsvatten " * 5] * 10, "sv").score == 10 + 50
    assert readability(["acqua " * 10] * 10, "it").score == 89 + (300 * 10 - 10 * 500) / 100
    # 1. Wiener: no word of three syllables, none long, none of one.
    assert readability(["Wasser " * 10] * 10, "de").score == round(0.1672 * 10 - 0.875, 2)


def test_no_readability_where_there_is_no_formula_or_little_text() -> None:
    assert readability(["λέξη " * 200], "el") is None
    assert readability(["word " * 99], "en") is None
    assert facts(*[GREEK] * 10).readability is None


def test_keywords() -> None:
    assert facts(ENGLISH).keywords == ("harbour master", "gate")
    told = document_facts(iter([Passage(ENGLISH)]), About(keywords=("Tides", "Harbour Master")), ReadingOptions())
    assert told.keywords == ("Tides", "Harbour Master", "gate")


def test_keywords_need_stop_words_and_blanks() -> None:
    assert keywords(["港口 港口 港口"], "zh") == ()
    assert keywords(["word word word"], "xx") == ()


def test_a_text_that_is_too_long_is_looked_at_in_part() -> None:
    found = facts(*[ENGLISH] * 100, max_document_characters=1000)
    assert (found.characters, found.complete) == (1000, False)
    assert "reading.max_document_characters" in found.notes[0]
    exact = facts("a" * 100, max_document_characters=100)
    assert (exact.characters, exact.complete, exact.notes) == (100, True, ())


def test_chunks_keep_to_their_sections() -> None:
    def heading(text: str, level: int) -> Passage:
        return Passage(text, Kind.HEADING, level=level)

    found = facts("before", heading("A", 1), "a", heading("B", 2), "b", heading("C", 3), "c", heading("D", 1), "d")
    assert [(chunk.section, chunk.subsection, chunk.text) for chunk in found.chunks] == [
        ("", "", "before"),
        ("A", "", "A\n\na"),
        ("A", "B", "B\n\nb"),
        ("A", "C", "C\n\nc"),
        ("D", "", "D\n\nd"),
    ]


passages = st.lists(
    st.builds(
        Passage,
        text=st.text(max_size=400),
        kind=st.sampled_from(Kind),
        level=st.integers(1, 6),
        page=st.none() | st.integers(1, 9),
        label=st.text(max_size=5),
    ),
    max_size=12,
)


@settings(max_examples=50)
@given(passages, st.integers(1, 2000), st.integers(100, 300))
def test_any_text_is_taken(found: list[Passage], most: int, size: int) -> None:
    options = {"max_document_characters": most, "chunk_characters": size}
    made = facts(*found, **options)
    assert made == facts(*found, **options)
    assert made.characters <= most
    assert sum(item.share for item in made.languages) == pytest.approx(1 if made.languages else 0, abs=1e-3)
    end = 0
    for chunk in made.chunks:
        assert end <= chunk.start < chunk.stop <= made.characters
        assert len(chunk.text) == chunk.stop - chunk.start <= size
        assert chunk.text.encode()
        end = chunk.stop
