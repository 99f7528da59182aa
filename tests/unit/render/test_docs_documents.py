"""The guide to the documents: its example is what the renderers write, and it explains every key."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel

from airflow_provider_profiler.contract import profile as model
from airflow_provider_profiler.contract import statistics as model_statistics
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.render import cdd, moma

GUIDE = (Path(__file__).parents[3] / "docs" / "documents.md").read_text(encoding="utf-8")
DATASET = UUID("7c4d20a0-33e8-471e-8a3f-a7a54aa09f68")


@pytest.fixture(scope="module")
def example():
    """The profile of four rows, 1, 2, an empty cell and 2, computed by hand."""
    file = model.Distribution(
        id=part_uuid(DATASET, "distribution", "stations.csv"),
        kind=model.DistributionKind.FILE,
        status=model.DistributionStatus.PROFILED,
        path="stations.csv",
        name="stations.csv",
        media_type="text/csv",
        content_url="stations.csv",
        content_size=14,
    )
    statistics = model_statistics.ColumnStatistics(
        row_count=3,
        missing_count=1,
        distinct_count=2,
        numeric=model_statistics.NumericStatistics(
            minimum=1,
            maximum=2,
            range=1,
            sum=5,
            mean=5 / 3,
            variance=1 / 3,
            standard_deviation=(1 / 3) ** 0.5,
            skewness=-1.7320508075688772,
            kurtosis=None,
            zero_count=0,
            negative_count=0,
            quantiles=model_statistics.Quantiles(p01=1.02, p05=1.1, p25=1.5, p50=2.0, p75=2.0, p95=2.0, p99=2.0),
            histogram=tuple(
                model_statistics.HistogramBin(low=1 + place / 10, high=1 + (place + 1) / 10, count=count)
                for place, count in enumerate((1, 0, 0, 0, 0, 0, 0, 0, 0, 2))
            ),
        ),
        top_values=(
            model_statistics.TopValue(value=2, count=2),
            model_statistics.TopValue(value=1, count=1),
        ),
    )
    column = model.Field(
        id=part_uuid(DATASET, "field", "stations.csv", "stations", "line"),
        name="line",
        original_name="line",
        position=0,
        data_type=model.DataType.INTEGER,
        physical_type="text",
        statistics=statistics,
        sample=(1, 2, 2),
    )
    table = model.RecordSet(
        id=part_uuid(DATASET, "record_set", "stations.csv", "stations"),
        name="stations",
        distribution_id=file.id,
        path="stations.csv",
        row_count=4,
        bytes_read=14,
        fields=(column,),
        examples=((1,), (2,), (None,), (2,)),
    )
    return model.DatasetProfile(
        kind=Target.HEAVY,
        generated_at=datetime(2026, 11, 20, tzinfo=UTC),
        generator=model.Generator(name="dataset-profiler", version="0.1.0"),
        specification=ProfileSpecification.for_path("stations", dataset_id=str(DATASET)),
        options=ProfileOptions(),
        distributions=(file,),
        record_sets=(table,),
    )


def shown(name):
    return re.search(rf"<!-- example: {name} -->\n```json\n(.*?)```\n", GUIDE, flags=re.DOTALL).group(1)


def written(value):
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def test_the_moma_example_is_what_is_written(example):
    assert shown("moma") == written(moma.heavy_document(example)["recordSet"][0]["field"][0])


def test_the_cdd_example_is_what_is_written(example):
    assert shown("cdd") == written(cdd.cdd_document(example)["files"][0])


def explained():
    return {word for span in re.findall(r"`([^`\n]+)`", GUIDE) for word in span.split()}


def keys_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in ("@context", "dg:dataConnectors", "dg:additionalFields", "data_connectors"):
                yield from keys_of(inner if key != "additional_fields" else None)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


@pytest.mark.parametrize("document", [moma.light_document, moma.heavy_document, cdd.cdd_document])
def test_every_key_of_a_rich_document_is_explained(document, profile):
    assert set(keys_of(document(profile))) - explained() == set()


def test_every_key_of_the_model_is_listed():
    models = [
        item
        for module in (model, model_statistics)
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, BaseModel) and item.__module__ == module.__name__
    ]
    assert model.DatasetProfile in models
    names = {name for item in models for name in item.model_fields}
    assert names - explained() - {"p05", "p25", "p50", "p75", "p95"} == set()
