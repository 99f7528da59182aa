"""The MoMa documents: every rule of their readers, and that what the profile knows is in them."""

import json
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.statistics import ColumnStatistics
from airflow_provider_profiler.render import moma
from airflow_provider_profiler.render.moma.record_set import samples_of_one_type
from airflow_provider_profiler.render.statistics import common_statistics


@pytest.fixture(scope="module")
def heavy(profile, check_moma):
    return check_moma(moma.HEAVY.render(profile))


@pytest.fixture(scope="module")
def tables(heavy):
    return {table["name"]: table for table in heavy["recordSet"]}


@pytest.fixture(scope="module")
def columns(tables):
    return {field["name"]: field for field in tables["επικυρώσεις"]["field"]}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_profile_that_the_model_allows_makes_documents_that_readers_take(data, profiles, check_moma):
    profile = data.draw(profiles)
    heavy = check_moma(moma.HEAVY.render(profile))
    light = check_moma(moma.LIGHT.render(profile))
    assert light["distribution"] == heavy["distribution"]
    assert len(heavy["distribution"]) == len(profile.distributions)
    assert len(heavy["recordSet"]) == len(profile.record_sets)


def test_light_is_heavy_without_record_sets(profile, heavy, check_moma):
    light = check_moma(moma.LIGHT.render(profile))
    assert "recordSet" not in light
    # The order of keys is the reader's way through the document, so it counts.
    assert json.dumps(light) == json.dumps({key: value for key, value in heavy.items() if key != "recordSet"})


def test_documents_have_their_documented_names(profile):
    assert (moma.LIGHT.name, moma.LIGHT.file_name(profile)) == ("moma_profile_light", "moma_profile_light.json")
    assert (moma.HEAVY.name, moma.HEAVY.file_name(profile)) == ("moma_profile_heavy", "moma_profile_heavy.json")


def test_equal_profiles_give_equal_bytes_after_a_round_trip_and_in_any_time_zone(profile):
    again = DatasetProfile.from_document(profile.to_document())
    elsewhere = profile.model_copy(
        update={"generated_at": profile.generated_at.astimezone(timezone(-timedelta(hours=5)))}
    )
    for renderer in (moma.LIGHT, moma.HEAVY):
        assert renderer.render(again) == renderer.render(profile)
        assert renderer.render(elsewhere) == renderer.render(profile)


def test_two_profiles_of_equal_input_differ_in_the_timestamp_alone(profile):
    later = profile.model_copy(update={"generated_at": profile.generated_at + timedelta(hours=1)})
    first, second = (moma.HEAVY.render(item).decode() for item in (profile, later))
    assert first != second
    stamps = [item.generated_at.astimezone(UTC).isoformat() for item in (profile, later)]
    assert first.replace(stamps[0], stamps[1]) == second


def test_unicode_stays_readable(profile):
    text = moma.HEAVY.render(profile).decode("utf-8")
    assert "\\u" not in text
    # Also inside the JSON texts that the document holds.
    assert '\\"ΣΥΝΤΑΓΜΑ\\"' in text


def test_what_became_of_each_file_is_visible(heavy):
    files = {item["contentUrl"]: item for item in heavy["distribution"]}
    assert files["data/επικυρώσεις.csv"]["dg:profilingStatus"] == "profiled"
    assert "dg:reason" not in files["data/επικυρώσεις.csv"]
    failed = files["broken.csv"]
    assert (failed["dg:profilingStatus"], failed["dg:reasonCode"]) == ("failed", "malformed")
    assert "never closed" in failed["dg:reason"]
    assert heavy["dg:warnings"] == [{"dg:code": "left_out", "dg:message": "2 files match no include pattern"}]


def test_distributions_say_what_they_are_where_they_belong_and_how_they_were_read(heavy):
    files = {item["contentUrl"]: item for item in heavy["distribution"]}
    assert files["data/επικυρώσεις.csv"]["contentSize"] == "2386685 B"
    assert files["data/επικυρώσεις.csv"]["dg:csvDialect"] == {
        "dg:delimiter": ",",
        "dg:quoteChar": '"',
        "dg:header": True,
        "dg:lineEnding": "crlf",
        "dg:encoding": "utf-8",
        "dg:byteOrderMark": False,
        "dg:skippedLines": 0,
    }
    assert files["PDF"]["@type"] == "cr:FileSet"
    assert files["PDF"]["includes"] == ["PDF/*.pdf"]
    assert files["PDF/129.pdf"]["containedIn"] == {"@id": files["PDF"]["@id"]}
    assert files["postgresql://db:5432/ds_era5"]["@type"] == "dg:DatabaseConnection"
    assert "sha256" not in files["notes.txt"]
    assert files["trips.parquet"]["dg:reader"] == "parquet"


def test_tables_that_the_catalogue_does_not_take_keep_their_columns_under_the_prefixed_key(tables):
    assert "field" not in tables["trips"]
    assert [field["name"] for field in tables["trips"]["cr:field"]] == ["fare"]
    assert all("field" in tables[name] for name in ("επικυρώσεις", "Sheet1", "stations"))


def test_a_table_of_a_set_of_files_refers_to_the_set(profile, check_moma):
    papers = next(item for item in profile.distributions if item.path == "PDF")
    table = profile.record_sets[1].model_copy(update={"distribution_id": papers.id})
    document = check_moma(moma.HEAVY.render(profile.model_copy(update={"record_sets": (table,)})))
    source = document["recordSet"][0]["cr:field"][0]["source"]
    assert source["fileSet"] == {"@id": str(papers.id)}
    assert "fileObject" not in source


def test_numbers_have_the_documented_statistics_and_more_under_the_prefix(columns):
    node = columns["dv_validations"]["statistics"]
    assert {key: node[key] for key in ("min", "max", "range", "mean", "median")} == {
        "min": 1,
        "max": 17_606,
        "range": 17_605,
        "mean": 5_969.0,
        "median": 192.0,
    }
    assert (node["percentile05"], node["percentile95"]) == (2.0, 15864.6)
    assert [node[f"dg:percentile{p}"] for p in ("01", "25", "75", "99")] == [1.5, 96.5, 8899.0, 17257.72]
    assert (node["dg:sum"], node["dg:skewness"], node["dg:kurtosis"]) == (17_907, 1.73, None)
    assert json.loads(node["histogram"])[1] == {"binRange": [8803.5, 17606.0], "count": 1}
    assert node["dg:nullTokens"] == [{"dg:token": "NA", "dg:count": 1}]
    assert node["dg:accuracy"]["dg:distinct"] == {"dg:method": "sketch", "dg:bound": 0.02}
    assert node["dg:accuracy"]["dg:quantiles"] == {"dg:method": "exact", "dg:bound": 0.0}


def test_dates_keep_their_extremes_out_of_min_and_max(columns):
    node = columns["date_hour"]["statistics"]
    assert (node["min"], node["max"], node["histogram"]) == (None, None, None)
    assert (node["dg:minValue"], node["dg:maxValue"]) == ("2025-05-24T00:00:00", "2025-05-27T23:00:00")
    assert (node["rowCount"], node["missingCount"], node["missingPercentage"]) == (3, 1, 25.0)
    assert columns["date_hour"]["source"]["format"] == "%d/%m/%Y %H:%M"


def test_texts_booleans_and_empty_columns_have_statistics_too(columns, tables):
    assert columns["dv_agency"]["statistics"]["uniqueCount"] == 2
    assert columns["dv_agency"]["statistics"]["dg:topValues"][0] == {"dg:value": "002", "dg:count": 3}
    assert columns["dv_agency"]["statistics"]["dg:maximumLength"] == 9
    assert columns["σταθμός"]["statistics"]["dg:blankCount"] == 1
    assert columns["boarding"]["statistics"]["dg:trueCount"] == 3
    assert columns["dv_route"]["statistics"]["missingPercentage"] == 100.0
    fare = tables["trips"]["cr:field"][0]["statistics"]
    assert (fare["variance"], fare["median"], fare["dg:nanCount"], fare["dg:infinityCount"]) == (None, None, 2, 1)


def test_percentages_are_rounded_once():
    statistics = ColumnStatistics(row_count=21, missing_count=29, distinct_count=1)
    assert common_statistics(statistics, "")["missingPercentage"] == 58.0
    empty = ColumnStatistics(row_count=0, missing_count=0, distinct_count=0)
    assert common_statistics(empty, "")["missingPercentage"] == 0.0


def test_samples_are_of_one_type(columns, tables):
    assert columns["dv_agency"]["sample"] == ["001", "002"]
    assert columns["dv_validations"]["sample"] == [192, 17_606, 1]
    assert columns["boarding"]["sample"] == [True, False]
    assert [type(value) for value in tables["trips"]["cr:field"][0]["sample"]] == [float, float]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), []),
        ((1, 2.5), [1.0, 2.5]),
        ((1, "x", True), ["1", "x", "true"]),
        ((True, 1), ["true", "1"]),
        ((10**400, 0.5), [str(10**400), "0.5"]),
    ],
)
def test_mixed_samples_become_numbers_where_all_are_numbers_and_text_elsewhere(values, expected):
    result = samples_of_one_type(values)
    assert (result, [type(item) for item in result]) == (expected, [type(item) for item in expected])


def test_a_column_is_found_by_the_name_of_its_source(columns):
    assert columns["dv_validations"]["source"]["extract"]["column"] == "dv validations"
    # A source without a name for the column: ours is the only one there is.
    assert columns["σταθμός"]["source"]["extract"]["column"] == "σταθμός"
    assert columns["σταθμός"]["dg:originalName"] == ""
    assert columns["dv_validations"]["dg:typeVotes"][1] == {
        "dg:type": "text",
        "dg:count": 1,
        "dg:examples": ["NA"],
    }


def test_quality_has_a_summary_and_at_most_five_examples(tables):
    quality = tables["επικυρώσεις"]["dataQuality"]
    assert quality["summary"] == "2 issues, 1 row rejected"
    assert quality["errors"][0]["totalAffectedRows"] == 7
    assert [item["row"] for item in quality["errors"][0]["errorExamples"]] == [1, 2, 3, 4, 5]
    assert quality["errors"][1]["errorExamples"] == [{"value": None, "row": None}]
    assert tables["trips"]["dataQuality"]["summary"] == "no issues"


def test_row_counts_examples_and_rejected_rows_stand_at_the_table(tables, columns):
    table = tables["επικυρώσεις"]
    assert table["annotation"][0]["value"] == 4
    assert table["dg:rejectedRows"] == 1
    (row,) = json.loads(table["examples"])
    assert row[columns["σταθμός"]["@id"]] == "ΣΥΝΤΑΓΜΑ"
    assert row[columns["dv_route"]["@id"]] is None


def test_duplicate_rows_empty_columns_and_correlations_stand_at_the_table(tables):
    table = tables["επικυρώσεις"]
    assert table["dg:emptyColumns"] == ["dv_route"]
    assert table["dg:duplicateRows"] == 2
    assert table["dg:duplicateRowsAccuracy"] == {"dg:method": "sample", "dg:bound": 0.01}
    assert table["dg:correlations"][0] == {
        "dg:columns": ["dv_validations", "rides"],
        "dg:correlationMethod": "spearman",
        "dg:coefficient": -0.75,
        "dg:rows": 4,
        "dg:accuracy": {"dg:method": "sample", "dg:bound": 0.2},
    }
    assert table["dg:correlations"][1]["dg:coefficient"] is None
    # Rows that were not compared are not the same as rows of which none is repeated.
    assert tables["trips"].keys() & {"dg:duplicateRows", "dg:correlations"} == set()


def test_texts_tell_their_characters_and_shapes(columns):
    node = columns["dv_agency"]["statistics"]
    assert node["dg:examinedCount"] == 4
    assert node["dg:characterClasses"] == {
        "dg:letters": 5, "dg:digits": 12, "dg:whiteSpace": 1, "dg:punctuation": 2, "dg:other": 3
    }  # fmt: skip
    assert node["dg:valuesByCharacterClass"]["dg:digits"] == 4
    assert node["dg:scripts"][0] == {"dg:script": "Greek", "dg:letters": 4, "dg:values": 2}
    assert node["dg:mixedScriptCount"] == 1
    assert node["dg:shapes"] == [{"dg:shape": "999", "dg:count": 3}, {"dg:shape": "AA 999", "dg:count": 1}]
    assert node["dg:shapeCount"] == 2
    assert {"dg:characters", "dg:shapes"} <= node["dg:accuracy"].keys()
    assert "dg:shapes" not in columns["σταθμός"]["statistics"]
    assert "dg:shapes" not in columns["dv_validations"]["statistics"]["dg:accuracy"]


def test_keys_and_constants_are_marked(columns, tables):
    assert (columns["date_hour"]["dg:isUnique"], columns["date_hour"]["dg:isConstant"]) == (False, False)
    # All four values may be different, but a sketch cannot tell.
    assert columns["dv_validations"]["dg:isUnique"] is False
    fare = tables["trips"]["cr:field"][0]
    assert (fare["dg:isUnique"], fare["dg:isConstant"]) == (True, True)


def test_the_period_spans_all_date_columns(heavy, profile, check_moma):
    assert heavy["temporalCoverage"] == "2025-05-24T00:00:00/2025-05-28"
    without = profile.model_copy(update={"record_sets": ()})
    assert "temporalCoverage" not in check_moma(moma.HEAVY.render(without))


def test_unknown_fields_are_kept_apart_and_version_is_taken_from_them(heavy):
    assert heavy["dg:additionalFields"] == {"version": "2.1.0", "funder": {"@id": "x", "name": "ΕΥ"}}
    assert heavy["version"] == "2.1.0"
    assert heavy["access"] == ""


def test_the_checker_sees_each_broken_rule(profile, check_moma):
    def broken(change):
        document = moma.heavy_document(profile)
        change(document, document["recordSet"][0]["field"][1])
        return json.dumps(document).encode()

    changes = (
        lambda document, field: document.update({"dg:status": "done"}),
        lambda document, field: document.update(keywords=[]),
        lambda document, field: document.update(unheard="of"),
        lambda document, field: document["recordSet"][1].update(field=document["recordSet"][1].pop("cr:field")),
        lambda document, field: field.update({"dg:semanticType": ["identifier"]}),
        lambda document, field: field.update(sample=[1, "1"]),
        lambda document, field: field.update(sample=[None]),
        lambda document, field: field["statistics"].pop("@id"),
        lambda document, field: field["statistics"].update(min="2025-01-01"),
        lambda document, field: field["statistics"].update(uniqueCount=4.0),
        lambda document, field: field["statistics"].update(histogram=[]),
        lambda document, field: field["statistics"].update(generatedAt="2026-11-20T00:00:01+00:00"),
        lambda document, field: field["statistics"].update(mean=float("nan")),
        lambda document, field: document["recordSet"][0]["dataQuality"]["errors"][0].update(errorType="other"),
        lambda document, field: document["distribution"][0].update({"@id": document["distribution"][1]["@id"]}),
        lambda document, field: document["distribution"][0].update(containedIn={"@id": "nowhere"}),
    )
    check_moma(broken(lambda document, field: None))
    for change in changes:
        # The failures of the walk are assertions, missing keys, and pytest.fail for the words JSON does not know.
        with pytest.raises((AssertionError, KeyError, pytest.fail.Exception)):
            check_moma(broken(change))
