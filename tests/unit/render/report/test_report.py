"""The report: what it says, that it is one file, and that nothing in data is more than text."""

import base64
import hashlib
import re

from hypothesis import HealthCheck, given, settings

from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.render.report import report_chunks
from airflow_provider_profiler.render.report.contents import MOST_IN_FOLDER, tree_of
from tests.unit.render.any_profiles import any_profiles

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='alert(3)'"


def texts(tree, selector: str) -> list[str]:
    return [" ".join(item.text_content().split()) for item in tree.cssselect(selector)]


def test_columns_with_what_is_known_of_them(profile, parsed):
    page = parsed(report_chunks(profile))
    names = [item.text_content() for item in page.cssselect("details.column > summary .name > bdi")]
    assert names == [field.name for record_set in profile.record_sets for field in record_set.fields]
    for record_set in profile.record_sets:
        assert any(record_set.name in text for text in texts(page, "details.table > summary"))
    issues = [error.description for record_set in profile.record_sets for error in record_set.quality]
    assert issues
    assert all(any(issue in text for text in texts(page, "#quality li")) for issue in issues)
    assert str(profile.dataset_id) in texts(page, "#overview .card code")


def test_links_within_the_page_lead_somewhere(profile, parsed):
    page = parsed(report_chunks(profile))
    anchors = {item.get("id") for item in page.cssselect("[id]")}
    targets = {item.get("href")[1:] for item in page.cssselect('a[href^="#"]')}
    assert targets
    assert targets <= anchors
    assert len(page.cssselect("[id]")) == len(anchors), "an id is there once"


def test_it_needs_nothing_beside_itself(profile, parsed):
    page = parsed(report_chunks(profile))
    places = [item.get(name) for name in ("src", "href", "action", "data") for item in page.cssselect(f"[{name}]")]
    assert all(place.startswith(("#", "data:")) for place in places), places
    assert not page.cssselect("[style]"), "its own policy would not let it have them"
    assert "url(" not in page.cssselect("style")[0].text_content().replace("url(#arrow)", "")


def test_only_its_own_script_and_style_run(profile, parsed):
    page = parsed(report_chunks(profile))
    policy = page.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content")
    for kind in ("script", "style"):
        [element] = page.cssselect(kind)
        digest = base64.b64encode(hashlib.sha256(element.text_content().encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_names_and_values_are_text(profile, parsed):
    hostile = profile.model_copy(
        update={
            "specification": profile.specification.model_copy(
                update={"name": HOSTILE, "description": HOSTILE, "keywords": (HOSTILE,), "published_url": HOSTILE}
            ),
            "distributions": tuple(
                item.model_copy(update={"name": HOSTILE, "path": f"{HOSTILE}/{item.path}"})
                for item in profile.distributions
            ),
            "record_sets": tuple(
                item.model_copy(
                    update={
                        "name": HOSTILE,
                        "fields": tuple(
                            field.model_copy(update={"name": HOSTILE, "description": HOSTILE, "sample": (HOSTILE,)})
                            for field in item.fields
                        ),
                    }
                )
                for item in profile.record_sets
            ),
        }
    )
    page = parsed(report_chunks(hostile))
    assert len(page.cssselect("script")) == 1
    assert not page.cssselect("img, iframe, object, embed, base, form")
    assert not [name for item in page.iter() for name in item.attrib if name.lower().startswith("on")]
    assert HOSTILE in [item.text_content() for item in page.cssselect("h1")]
    assert not page.cssselect('a[href^="javascript"], a[href*="alert"]')


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(profile=any_profiles())
def test_any_profile_has_one(profile, parsed):
    page = parsed(chunk.replace(b"\0", b"") for chunk in report_chunks(profile))
    columns = sum(len(record_set.fields) for record_set in profile.record_sets)
    assert len(page.cssselect("details.column")) == columns
    assert len(page.cssselect("script")) == 1


def file_named(profile, path: str, status=DistributionStatus.PROFILED) -> Distribution:
    file = next(item for item in profile.distributions if item.kind is DistributionKind.FILE)
    return file.model_copy(update={"path": path, "name": path.rpartition("/")[2], "status": status, "content_size": 10})


def test_ten_thousand_files_in_a_page_of_less_than_a_megabyte(profile):
    many = [file_named(profile, f"year={n % 50}/month={n % 12}/part-{n:05}.parquet") for n in range(10_000)]
    many.append(file_named(profile, "year=49/month=1/zz.csv", DistributionStatus.FAILED))
    profile = profile.model_copy(update={"distributions": tuple(many), "record_sets": ()})
    page = b"".join(report_chunks(profile))
    assert len(page) < 1_000_000
    assert b"zz.csv" in page


def test_two_thousand_columns_at_less_than_ten_kilobytes_each(profile):
    [first, *_] = [item for item in profile.record_sets if item.fields]
    fields = tuple(
        first.fields[n % len(first.fields)].model_copy(update={"name": f"column {n}", "position": n})
        for n in range(2_000)
    )
    profile = profile.model_copy(
        update={"record_sets": (first.model_copy(update={"fields": fields, "examples": (), "quality": ()}),)}
    )
    assert sum(len(chunk) for chunk in report_chunks(profile)) < 1_000_000 + 2_000 * 10_000


def test_files_beyond_those_that_are_shown_are_counted(profile):
    files = [file_named(profile, f"deep/{n:04}.csv") for n in range(MOST_IN_FOLDER + 50)]
    files += [file_named(profile, "top.csv"), file_named(profile, "deep/bad.csv", DistributionStatus.FAILED)]
    root = tree_of(profile.model_copy(update={"distributions": tuple(files)}))
    [deep] = root.folders.values()
    assert (root.count, root.bytes) == (len(files), 10 * len(files))
    assert (deep.count, len(deep.shown), deep.left_out, deep.left_out_bytes) == (251, 200, 51, 510)
    assert deep.shown[0].name == "bad.csv", "what failed is not left out"
    assert root.count == sum(len(folder.shown) + folder.left_out for folder in (root, deep))


def test_equal_profiles_give_equal_pages(profile):
    pages = [b"".join(report_chunks(profile)) for _ in range(2)]
    assert pages[0] == pages[1]
    assert re.search(rb"<title>[^<]+</title>", pages[0])
