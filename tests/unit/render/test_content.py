"""Documents and images in the renderings: facts in words that readers know, text in passages, every key explained."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel

from airflow_provider_profiler.contract import content as model
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Generator,
)
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.render import cdd, moma
from airflow_provider_profiler.render.summary import summary_text

GUIDE = (Path(__file__).parents[3] / "docs" / "documents.md").read_text(encoding="utf-8")
DATASET = UUID("7c4d20a0-33e8-471e-8a3f-a7a54aa09f68")
MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)

DOCUMENT = model.DocumentFacts(
    title="Tides",
    authors=("A. Nereid",),
    created=MOMENT,
    modified=MOMENT,
    metadata=(model.Property(name="producer", value="hand"),),
    pages=2,
    characters=40,
    words=1234,
    sentences=3,
    languages=(model.Language(code="en", share=0.75), model.Language(code="el", share=0.25)),
    readability=model.Readability(formula="Flesch reading ease", language="en", score=70.5),
    keywords=("sea", "moon"),
    chunks=(
        model.Chunk(section="Sea", text="It rises.", page=1, start=0, stop=9, language="en"),
        model.Chunk(section="Sea", text="Πέφτει.", page=1, start=11, stop=18, language="el"),
        model.Chunk(section="Sea", subsection="Why", text="The moon.", page=2, start=20, stop=29),
    ),
    complete=False,
    notes=("page 2 has no text of its own",),
)
IMAGE = model.ImageFacts(
    format="JPEG",
    width=40,
    height=30,
    mode="RGB",
    frames=2,
    exif=(model.Property(name="Make", value="Nereid"),),
    perceptual_hash="00ff00ff00ff00ff",
    notes=("a note",),
)


def file(path, media_type, **facts):
    return Distribution(
        id=part_uuid(DATASET, "distribution", path),
        kind=DistributionKind.FILE,
        status=DistributionStatus.PROFILED,
        path=path,
        name=path,
        media_type=media_type,
        content_url=path,
        **facts,
    )


@pytest.fixture(scope="module")
def contents():
    return DatasetProfile(
        kind=Target.HEAVY,
        generated_at=MOMENT,
        generator=Generator(name="dataset-profiler", version="0.1.0"),
        specification=ProfileSpecification.for_path("library", dataset_id=str(DATASET)),
        options=ProfileOptions(),
        distributions=(
            file("a.pdf", "application/pdf", document=DOCUMENT),
            file("b.jpg", "image/jpeg", image=IMAGE),
            file("c.txt", "text/plain", document=model.DocumentFacts(words=7)),
        ),
    )


def test_the_text_in_cdd(contents):
    text, image, plain = cdd.cdd_document(contents)["files"]
    assert (text["description"], text["keywords"]) == ("Tides", ["sea", "moon"])
    assert text["content"] == {"type": "application/pdf", "file_path": "a.pdf"}
    first, second = text["chunked_content"]
    assert (first["section"], first["subsection"], first["chunks"]) == ("Sea", "", ["It rises.", "Πέφτει."])
    assert first["chunk_metadata"] == [
        {"page": 1, "start": 0, "stop": 9, "language": "en"},
        {"page": 1, "start": 11, "stop": 18, "language": "el"},
    ]
    assert (second["subsection"], second["chunks"], len(second["chunk_metadata"])) == ("Why", ["The moon."], 1)
    assert text["document"]["readability"] == {"formula": "Flesch reading ease", "language": "en", "score": 70.5}
    assert (image["chunked_content"], image["image"]["perceptual_hash"]) == ([], "00ff00ff00ff00ff")
    assert image["description"] == "JPEG image of 40 x 30 pixels, 2 frames"
    assert (plain["description"], plain["content"]["type"], plain["chunked_content"]) == ("7 words", "text", [])
    assert "title" not in plain["document"]


def test_the_facts_in_moma(contents):
    text, image, _ = moma.heavy_document(contents)["distribution"]
    assert text["description"] == "Tides"
    assert (text["dg:document"]["dg:chunkCount"], text["dg:document"]["dg:complete"]) == (3, False)
    assert text["dg:document"]["dg:languages"][1] == {"dg:code": "el", "dg:share": 0.25}
    assert text["dg:document"]["dg:created"] == "2024-02-29T12:00:00+00:00"
    assert image["dg:image"]["dg:perceptualHash"] == "00ff00ff00ff00ff"
    assert "It rises" not in json.dumps(text)


def test_the_summary_names_them_without_their_text(contents):
    text = summary_text(contents)
    assert "Texts    2 documents, 2 pages, 1,241 words\n" in text
    assert "  a.pdf  2 pages, 1,234 words, en, el; page 2 has no text of its own\n" in text
    assert "  b.jpg  JPEG image of 40 x 30 pixels, 2 frames; a note\n" in text
    assert "Tides" not in text


def keys_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key != "@context":
                yield from keys_of(inner)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


def test_every_key_is_explained(contents):
    explained = {word for span in re.findall(r"`([^`\n]+)`", GUIDE) for word in span.split()}
    for document in (moma.heavy_document(contents), cdd.cdd_document(contents)):
        assert set(keys_of(document["distribution" if "distribution" in document else "files"])) <= explained
    models = [item for item in vars(model).values() if isinstance(item, type) and issubclass(item, BaseModel)]
    assert {name for item in models for name in item.model_fields} <= explained
