"""What people see of profiles within Airflow's pages."""

import re
from typing import Any

import pytest

from airflow_provider_profiler.contract.messages import TriggeredBy
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.plugins import app as application
from airflow_provider_profiler.plugins import profile_lists
from airflow_provider_profiler.plugins import task_page as task_pages
from airflow_provider_profiler.render.report.bounds import PageBound
from tests.unit.plugins.conftest import BASE, RUN, wait_for

ROOT = f"{BASE}/dataset-profiles/"

SUMMARY = {"files": 1, "profiled": 1, "rows": 20357, "columns": 7, "record_sets": 1, "bytes": 10}
LOOKS_AGAIN = '<div id="live" data-live='
#: As the operator has them rendered, which leaves the default connection out.
FIELDS = {"path": "sales"}


def task(dag_id: str, task_id: str = "profile", map_index: object = "{MAP_INDEX}") -> str:
    """The link of Airflow's tab, as its pages fill it in."""
    return f"{ROOT}dags/{dag_id}/runs/{RUN.replace('+', '%2B')}/tasks/{task_id}/{map_index}"


def told_of(job_id: str, **more: Any) -> dict[str, Any]:
    return {"job_id": job_id, "job_url": f"http://service/profiler/jobs/{job_id}", **more}


@pytest.fixture
def profiled(told, job) -> str:
    """A job of the task ``profile`` of the DAG ``shop``."""
    job_id = job()
    told.tell("shop", "profile", told_of(job_id, status="HEAVY_PROFILES_READY", summary=SUMMARY), fields=FIELDS)
    return job_id


def words(page: Any) -> str:
    """The text of a page."""
    text = re.sub(r"<(style|script).*?</\1>", "", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_tab_shows_the_report(browser, profiled):
    page = browser().get(task("shop"))
    assert page.status_code == 200
    assert "city" in words(page)
    assert "amount" in words(page)
    assert "Find a column or a file" in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["content-security-policy"] == "frame-ancestors 'self'"
    assert "script-src &#39;sha256-" in page.text


def test_each_mapped_task_has_its_own(browser, told, job):
    told.tell("shop", "each", told_of(job()), map_index=0)
    told.tell("shop", "each", told_of(job("stock", light=True)), map_index=1)
    shop = browser()
    assert "sales" in shop.get(task("shop", "each", 0)).text
    light = shop.get(task("shop", "each", 1)).text
    assert "stock" in light
    assert "light profile" in light
    assert "No profile yet" in shop.get(task("shop", "each", 2)).text
    together = shop.get(task("shop", "each"))
    links = re.findall(r'href="([^"]+)"', together.text)
    assert [link for link in links if "/tasks/each/" in link] == [
        f"{ROOT}dags/shop/runs/{RUN.replace(':', '%3A').replace('+', '%2B')}/tasks/each/{index}" for index in (0, 1)
    ]
    assert "city" in words(shop.get(next(link for link in links if link.endswith("/each/0"))))


def test_before_there_is_a_job(browser, told):
    page = browser().get(task("shop"))
    assert page.status_code == 200
    assert "No profile yet" in words(page)
    assert LOOKS_AGAIN in page.text
    told.tell("shop", "profile", {}, state="failed")
    page = browser().get(task("shop"))
    assert "submitted no profiling job" in words(page)
    assert LOOKS_AGAIN not in page.text
    assert "profiles no dataset" in words(browser().get(task("shop", "other")))
    assert browser().get(task("shop", "nothing")).status_code == 404


def test_while_the_job_runs(browser, told, service_in_hand):
    with ProfilerHook() as hook:
        request = hook.prepare(hook.specify("sales"), triggered_by=TriggeredBy(origin="airflow", dag_id="shop"))
        job_id = str(hook.submit(request).job_id)
    told.tell("shop", "profile", told_of(job_id), state="running")
    service_in_hand.take(job_id)
    page = browser().get(task("shop"))
    assert "as soon as it is ready" in words(page)
    assert LOOKS_AGAIN in page.text
    assert job_id in page.text
    run = browser().get(f"{ROOT}dags/shop/runs/{RUN}")
    assert "running" in words(run)
    assert LOOKS_AGAIN in run.text


def test_a_job_that_failed_says_why(browser, told, job):
    job_id = job("broken")
    told.tell("shop", "profile", told_of(job_id, status="FAILED", summary=None), state="failed")
    page = browser().get(task("shop"))
    assert page.status_code == 200
    assert "all_failed" in words(page)
    assert "a.parquet" in words(page)
    assert "The last lines of its log" in words(page)
    assert "(malformed)" in words(page)
    rest = re.search(r'href="([^"]+/report)"', page.text)
    assert rest is not None
    assert "1 file failed" in words(browser().get(rest.group(1)))


def test_a_service_that_is_away(browser, told, no_service):
    told.tell("shop", "profile", told_of("6f0f3c3e-0a3e-4a55-9a43-0d5a5a0a1b11"), fields=FIELDS)
    page = browser().get(task("shop"))
    assert page.status_code == 503
    assert "does not answer" in words(page)
    assert "127.0.0.1:9" in words(page)
    assert LOOKS_AGAIN in page.text
    listed = browser().get(f"{ROOT}dags/shop/runs/{RUN}")
    assert listed.status_code == 200
    assert "unknown" in words(listed)


def test_a_job_that_is_gone(browser, told, connect, engine_url):
    connect(engine_url)
    told.tell("shop", "profile", told_of("6f0f3c3e-0a3e-4a55-9a43-0d5a5a0a1b11"))
    page = browser().get(task("shop"))
    assert page.status_code == 404
    assert "not known any more" in words(page)


def test_a_service_with_the_documented_routes_alone(browser, told, connect, documented_service):
    connect(documented_service().base_url)
    with ProfilerHook() as hook:
        job_id = str(hook.trigger_profile(hook.specify("sales")).job_id)
    told.tell("shop", "profile", told_of(job_id))
    page = browser().get(task("shop"))
    assert page.status_code == 404
    assert "has no reports" in words(page)


def test_a_connection_that_is_missing(browser, told, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_PROFILER_DEFAULT", raising=False)
    fields = {**FIELDS, "profiler_conn_id": "elsewhere"}
    told.tell("shop", "templated", told_of("6f0f3c3e-0a3e-4a55-9a43-0d5a5a0a1b11"), fields=fields)
    page = browser().get(task("shop", "templated"))
    assert page.status_code == 503
    assert "There is no Airflow connection 'elsewhere'" in words(page).replace("&#39;", "'")


def test_the_connection_is_the_one_that_the_task_had(browser, told, job, connect, engine_url):
    job_id = job()
    connect("http://127.0.0.1:9")
    connect(engine_url, "elsewhere")
    told.tell("shop", "templated", told_of(job_id), fields={**FIELDS, "profiler_conn_id": "elsewhere"})
    assert "city" in words(browser().get(task("shop", "templated")))


def test_a_connection_that_is_not_known_any_more(browser, told, job):
    told.tell("shop", "templated", told_of(job()))
    page = browser().get(task("shop", "templated"))
    assert page.status_code == 404
    assert "max_num_rendered_ti_fields_per_task" in words(page)


def test_the_connection_as_the_dag_gives_it_where_the_rendered_one_is_gone(browser, told, job, connect, engine_url):
    job_id = job()
    connect("http://127.0.0.1:9")
    connect(engine_url, "elsewhere")
    for name in ("elsewhere", "anywhere"):
        told.tell("shop", name, told_of(job_id), map_index=0)
    assert "city" in words(browser().get(task("shop", "elsewhere", 0)))
    assert "max_num_rendered_ti_fields_per_task" in words(browser().get(task("shop", "anywhere", 0)))


def test_nothing_of_the_query_counts(browser, told, job):
    other = job("stock")
    query = f"?job_id={other}&profiler_conn_id=x&path=stock&url=http://127.0.0.1:9&map_index=1"
    assert "No profile yet" in words(browser().get(task("shop") + query))


def test_the_job_of_another_dag_is_not_shown(browser, told, job):
    told.tell("shop", "profile", told_of(job("stock", dag_id="staff")), fields=FIELDS)
    for end in ("", "/report"):
        page = browser().get(task("shop") + end)
        assert page.status_code == 404
        assert "is not this DAG" in words(page)
        assert "amount" not in page.text


@pytest.mark.parametrize("link", [task("staff"), task("staff") + "/report", f"{ROOT}dags/staff/runs/{RUN}"])
def test_another_dag_is_not_for_everybody(browser, told, link):
    page = browser().get(link)
    assert page.status_code == 403
    assert "no right to read this DAG" in words(page)
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("link", [task("shop"), f"{ROOT}dags/shop/runs/{RUN}", ROOT])
def test_nothing_without_a_session(browser, told, link):
    page = browser(None).get(link)
    assert page.status_code == 401
    assert "sign in" in words(page)
    assert page.headers["cache-control"] == "private, no-store"


def test_a_run_lists_its_profiles(browser, told, profiled, no_service):
    told.tell("shop", "each", told_of("6f0f3c3e-0a3e-4a55-9a43-0d5a5a0a1b11", status="FAILED"), map_index=2)
    # As an operator of another service does.
    told.tell("shop", "other", {"job_id": "7f0f3c3e-0a3e-4a55-9a43-0d5a5a0a1b11"})
    page = browser().get(f"{ROOT}dags/shop/runs/{RUN}")
    assert page.status_code == 200
    rows = [words_of(row) for row in re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL)[1:]]
    assert [row.split(" ")[0] for row in rows] == ["each", "profile"]
    assert "failed" in rows[0]
    assert "ready" in rows[1]
    assert "20,357" in rows[1]
    assert browser().get(f"{ROOT}dags/shop/runs/{RUN}x").status_code == 404


def words_of(row: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip()


def test_the_newest_are_those_of_readable_dags(browser, told, profiled, job):
    told.tell("staff", "profile", told_of(job("stock", dag_id="staff"), status="HEAVY_PROFILES_READY"))
    assert "staff" not in words(browser().get(ROOT))
    assert "shop" in words(browser().get(ROOT))
    everything = browser("chief", "ADMIN").get(ROOT)
    rows = [words_of(row) for row in re.findall(r"<tr>.*?</tr>", everything.text, re.DOTALL)[1:]]
    assert [row.split(" ")[0] for row in rows] == ["staff", "shop"], "the newest first"
    assert "No task of a DAG that you may read" in words(browser("nobody").get(ROOT))


def test_long_lists_have_pages(browser, told, profiled, monkeypatch):
    monkeypatch.setattr(profile_lists, "PAGE", 1)
    told.tell("shop", "each", told_of("6f0f3c3e-0a3e-4a55-9a43-0d5a5a0a1b11", status="FAILED"), map_index=0)
    first = browser().get(ROOT)
    older = re.search(r'href="([^"]+)">older', first.text)
    assert older is not None
    second = browser().get(older.group(1))
    assert words(first) != words(second)
    assert ">newer<" in second.text
    assert ">older<" not in second.text
    assert browser().get(f"{ROOT}?offset=-1").status_code == 404


def test_an_embedded_job_is_shown_where_the_folder_is_shared(browser, told, embedded_home, monkeypatch):
    (embedded_home / "sales").mkdir()
    (embedded_home / "sales" / "a.csv").write_text("town,price\nVolos,2\n", "utf-8")
    with ProfilerHook() as hook:
        by = TriggeredBy(origin="airflow", dag_id="shop")
        job_id = str(hook.submit(hook.prepare(hook.specify(str(embedded_home / "sales")), triggered_by=by)).job_id)
        wait_for(hook, job_id)
    told.tell("shop", "profile", {"job_id": job_id, "job_url": None}, fields=FIELDS)
    assert "town" in words(browser().get(task("shop")))
    monkeypatch.setenv("PROFILER_HOME", str(embedded_home / "elsewhere"))
    page = browser().get(task("shop"))
    assert page.status_code == 404
    assert "API server does not know this profile" in words(page)
    assert "PROFILER_HOME is the same folder" in words(page)


def test_a_profile_that_is_too_large(browser, profiled, monkeypatch):
    monkeypatch.setattr(task_pages, "LARGEST_PROFILE", 10)
    assert "too large to be shown here" in words(browser().get(task("shop")))


def test_what_nobody_thought_of_is_a_page_too(browser, told, monkeypatch, caplog):
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr(application, "task_page", fail)
    page = browser().get(task("shop"))
    assert page.status_code == 503
    assert "could not be made" in words(page)
    assert "s3cret" not in page.text
    assert "s3cret" in caplog.text


def test_rules_of_access_that_fail_open_nothing(browser, told, profiled, monkeypatch):
    from airflow.api_fastapi.app import get_auth_manager
    from fastapi.testclient import TestClient

    def fail(**_: Any) -> bool:
        raise KeyError("no such role")

    shop = browser()
    monkeypatch.setattr(get_auth_manager(), "is_authorized_dag", fail)
    page = TestClient(shop.app, cookies=shop.cookies, raise_server_exceptions=False).get(task("shop"))
    assert page.status_code == 503
    assert "could not be made" in words(page)


def test_not_more_pages_than_are_borne(browser, told, monkeypatch):
    pages = application.Pages()
    pages.bound = PageBound(at_once=0, waiting=0)
    monkeypatch.setattr(application, "Pages", lambda: pages)
    from fastapi.testclient import TestClient

    shop = browser()
    client = TestClient(application.make_app(), cookies=shop.cookies)
    page = client.get(task("shop").removeprefix(ROOT.rstrip("/")))
    assert page.status_code == 503
    assert "Many pages are wanted at once" in words(page)


@pytest.mark.parametrize("link", [f"{ROOT}nothing", task("shop", map_index="x"), task("shop", map_index=-2), task("~")])
def test_links_that_lead_nowhere(browser, told, link):
    page = browser("chief", "ADMIN").get(link)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
