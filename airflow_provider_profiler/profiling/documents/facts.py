"""From the passages of a document to everything that is known about it."""

from collections.abc import Iterable, Iterator

from airflow_provider_profiler.contract.content import DocumentFacts
from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.chunks import chunks
from airflow_provider_profiler.profiling.documents.keywords import keywords
from airflow_provider_profiler.profiling.documents.languages import Stretch, language_at, shares, stretches
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage
from airflow_provider_profiler.profiling.documents.readability import readability
from airflow_provider_profiler.profiling.documents.whole_text import Placed, WholeText, whole_text
from airflow_provider_profiler.profiling.documents.words import sentences_of, words_of

_MOST_TOLD = 100


def document_facts(passages: Iterable[Passage], about: About, reading: ReadingOptions) -> DocumentFacts:
    """Take the passages, as many as are looked at, and count, name and cut what is in them.

    :param about: what the document says of itself; complete once the passages were taken.
    """
    whole = whole_text(passages, about, reading.max_document_characters)
    worded = [item for item in whole.passages if item.passage.kind is not Kind.CODE and item.stop > item.start]
    # What repeats on every page tells nothing, unless there is nothing else.
    prose = [item for item in worded if item.passage.kind is not Kind.MARGIN] or worded
    found = stretches(whole.text, ((item.start, item.stop) for item in prose))
    languages = shares(found)
    main = languages[0].code if languages else None
    sentences = list(_sentences(whole, prose, found))
    of_main = [text for text, language in sentences if language == main]
    told = about.keywords[:_MOST_TOLD]
    known = {word.casefold() for word in told}
    telling = keywords(of_main, main) if main else ()
    if not about.complete:
        about.notes.append(
            f"the first {len(whole.text)} characters were looked at; the option reading.max_document_characters sets "
            "how many at most"
        )
    return DocumentFacts(
        title=about.title or whole.heading,
        authors=about.authors[:_MOST_TOLD],
        created=about.created,
        modified=about.modified,
        metadata=about.properties(),
        pages=about.pages,
        characters=len(whole.text),
        words=sum(1 for item in worded for _ in words_of(whole.text[item.start : item.stop])),
        sentences=len(sentences),
        languages=languages,
        readability=readability(of_main, main) if main else None,
        keywords=(*told, *(word for word in telling if word.casefold() not in known)),
        chunks=chunks(whole, found, reading.chunk_characters),
        complete=about.complete,
        notes=tuple(about.notes),
    )


def _sentences(
    whole: WholeText, items: Iterable[Placed], found: tuple[Stretch, ...]
) -> Iterator[tuple[str, str | None]]:
    """The sentences of all paragraphs with their languages. A heading is no sentence."""
    begun = 0
    for item in items:
        if item.passage.kind is Kind.HEADING:
            continue
        while begun < len(found) and found[begun].stop <= item.start:
            begun += 1
        ended = begun
        while ended < len(found) and found[ended].start < item.stop:
            ended += 1
        language = language_at(found[begun:ended], item.start, item.stop)
        for sentence in sentences_of(whole.text[item.start : item.stop], language):
            yield sentence, language
