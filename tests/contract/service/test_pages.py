"""Pages of the service: reports, comparisons, jobs; who sees them, and by which road."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from lxml import html

from airflow_provider_profiler.contract.errors import NotAuthenticated
from airflow_provider_profiler.render.report.bounds import REPORTS_AT_ONCE
from airflow_provider_profiler.service import report_making
from airflow_provider_profiler.service.routes import reports
from airflow_provider_profiler.service.signed_links import LINK_SECONDS, LinkSigner
from tests.contract.service.conftest import read_fixture

KEY = "a-shared-secret-of-more-than-32-bytes"
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
HOSTILE = "<img src=x onerror=alert(1)>"


def token(client: str = "airflow", **more) -> str:
    claims = {"client_id": client, "exp": datetime.now(UTC) + timedelta(minutes=5)} | more
    return jwt.encode(claims, KEY, algorithm="HS256")


def bearer(value: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {value or token()}"}


@pytest.fixture(scope="module")
def guarded(start_for_module):
    return start_for_module(
        real_engine=True, enable_auth=True, auth_key=KEY, auth_algorithms=("HS256",), auth_clients=("airflow", "other")
    )


@pytest.fixture(scope="module")
def jobs(informed, guarded):
    """Two jobs of one dataset that have ended."""
    body = read_fixture("documented_request.json")
    guarded.http.headers.update(bearer())
    made = []
    for name in (HOSTILE, "Answers"):
        body["profile_specification"]["name"] = name
        made.append(guarded.submit(body))
        guarded.wait(made[-1])
    details = [guarded.detail(job) for job in made]
    del guarded.http.headers["Authorization"]
    return details


def page(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"
    return html.document_fromstring(answer.text)


def test_the_report_of_a_job_and_of_its_dataset(guarded, jobs):
    of_job = guarded.http.get(f"/profiler/report/{jobs[1]['job_id']}", headers=bearer())
    assert "Student ID" in [item.text_content() for item in page(of_job).cssselect(".column .name bdi")]
    of_dataset = guarded.http.get(f"/profiler/datasets/{jobs[1]['dataset_id']}/report", headers=bearer())
    assert of_dataset.text == of_job.text
    first = guarded.http.get(f"/profiler/report/{jobs[0]['job_id']}", headers=bearer())
    assert HOSTILE in page(first).cssselect("h1")[0].text_content()
    assert not page(first).cssselect("img")


def test_two_revisions_side_by_side(guarded, jobs):
    place = f"/profiler/datasets/{jobs[0]['dataset_id']}/compare"
    found = guarded.http.get(place, headers=bearer())
    assert "Nothing of weight changed" in page(found).text_content()
    assert "revision 1" in page(found).cssselect("h1")[0].text_content()
    turned = guarded.http.get(place, params={"from": "2", "to": "1"}, headers=bearer())
    assert page(turned).cssselect("h1")[0].text_content().startswith("Answers, revision 2")
    assert guarded.http.get(place, params={"from": "7"}, headers=bearer()).status_code == 404
    assert guarded.http.get(place, params={"form": "1"}, headers=bearer()).status_code == 422
    alone = guarded.http.get(place, params={"to": "1"}, headers=bearer())
    assert alone.status_code == 404
    assert "none before it" in alone.json()["detail"]


def test_the_index_lists_jobs_and_datasets(guarded, jobs):
    found = page(guarded.http.get("/profiler/ui", headers=bearer()))
    links = {item.get("href") for item in found.cssselect("a")}
    assert {f"/profiler/report/{job['job_id']}" for job in jobs} <= links
    assert f"/profiler/datasets/{jobs[0]['dataset_id']}/compare" in links
    assert not found.cssselect("img")
    assert not found.cssselect("[data-live]"), "nothing is on its way"
    none = page(guarded.http.get("/profiler/ui", params={"state": "FAILED"}, headers=bearer()))
    assert "No job fits" in none.text_content()
    by_dag = page(guarded.http.get("/profiler/ui", params={"dag_id": "nightly"}, headers=bearer()))
    assert "No job fits" in by_dag.text_content()
    assert by_dag.cssselect("input[name=dag_id]")[0].get("value") == "nightly"
    for wrong in ({"state": "DONE"}, {"dataset_id": "7"}, {"stat": "FAILED"}):
        assert guarded.http.get("/profiler/ui", params=wrong, headers=bearer()).status_code == 422


def test_the_page_of_a_job(guarded, jobs):
    found = page(guarded.http.get(f"/profiler/ui/jobs/{jobs[1]['job_id']}", headers=bearer()))
    assert "Stage discover begins." in found.cssselect(".log")[0].text_content()
    assert "profile.json" in found.cssselect("#files")[0].text_content()
    assert next(item.text for item in found.cssselect("#stages tbody th")) == "discover"


def test_a_page_of_a_job_on_its_way_looks_again(start, documented_request):
    service = start()
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    service.wait(job, "LIGHT_PROFILE_READY")
    assert page(service.http.get("/profiler/ui")).cssselect("[data-live]")
    assert page(service.http.get(f"/profiler/ui/jobs/{job}")).cssselect("[data-live]")
    assert page(service.http.get(f"/profiler/report/{job}")).cssselect("#files"), "the light one is there"
    service.engine.hold_heavy.set()
    service.wait(job)
    assert not page(service.http.get(f"/profiler/ui/jobs/{job}")).cssselect("[data-live]")


def error_page(answer):
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    return html.document_fromstring(answer.text)


def test_a_jobs_address_leads_a_browser_to_its_page(guarded, jobs):
    address = f"/profiler/jobs/{jobs[0]['job_id']}"
    led = guarded.http.get(address, headers=BROWSER)
    assert (led.status_code, led.headers["location"]) == (303, address.replace("/jobs/", "/ui/jobs/"))
    assert (led.headers["vary"], led.headers["cache-control"]) == ("Accept", "private, no-store")
    opened = guarded.http.get(led.headers["location"], headers=BROWSER | bearer())
    assert jobs[0]["job_id"] in page(opened).text_content()
    # Programs get what they always got, a browser's script that asks for JSON among them.
    for accepted in ("*/*", "application/json", "text/html, application/json;q=0.9"):
        answer = guarded.http.get(address, headers={"Accept": accepted} | bearer())
        assert answer.json()["job_id"] == jobs[0]["job_id"]
        assert guarded.http.get(address, headers={"Accept": accepted}).status_code == 401


def test_an_address_leads_nowhere_else(guarded):
    for job in ("..%2F..%2Fhealth", "%2F%2Fexample.org", "a%3Fb%23c"):
        led = guarded.http.get(f"/profiler/jobs/{job}", headers=BROWSER)
        if led.status_code != 404:  # a slash is none of an id's
            assert led.headers["location"] == f"/profiler/ui/jobs/{job}"
    assert guarded.http.post("/profiler/jobs/x", headers=BROWSER).status_code == 405


def test_a_browser_is_told_in_a_page_what_is_wrong(guarded, jobs):
    place = f"/profiler/datasets/{jobs[0]['dataset_id']}/compare"
    for path, status, words in (
        ("/profiler/report/unknown", 404, "Job 'unknown' is not known here"),
        (f"{place}?from=7", 404, "has no revision '7'"),
        (f"{place}?form=1", 422, "form: Extra inputs are not permitted"),
        ("/profiler/ui?state=DONE", 422, "must be one of SUBMITTING"),
    ):
        told = guarded.http.get(path, headers=bearer() | BROWSER)
        assert told.status_code == status
        assert words in error_page(told).cssselect("[role=alert]")[0].text_content()
        assert not error_page(told).cssselect("[data-live]"), "looking again would not help"
        assert guarded.http.get(path, headers=bearer()).headers["content-type"] == "application/json"


def test_a_profile_that_is_too_large_for_a_page(guarded, jobs, monkeypatch):
    job = jobs[1]
    [size] = [item["bytes"] for item in listed(guarded, job) if item["name"] == "profile.json"]
    report = f"/profiler/report/{job['job_id']}"
    compare = f"/profiler/datasets/{job['dataset_id']}/compare"
    monkeypatch.setattr(report_making, "LARGEST_PROFILE", size)
    assert guarded.http.get(report, headers=bearer()).status_code == 200
    assert guarded.http.get(compare, headers=bearer()).status_code == 422, "two are larger than one"
    monkeypatch.setattr(report_making, "LARGEST_PROFILE", size - 1)
    told = guarded.http.get(report, headers=bearer())
    assert told.status_code == 422
    assert f"/profiler/jobs/{job['job_id']}/artefacts/profile.json" in told.json()["detail"]
    assert "dataset-profiler show profile.json --report" in told.json()["detail"]
    page_told = guarded.http.get(report, headers=bearer() | BROWSER)
    assert page_told.status_code == 422
    assert error_page(page_told).cssselect("h1")[0].text == "This cannot be shown"


def listed(guarded, job):
    answer = guarded.http.get(f"/profiler/jobs/{job['job_id']}/artefacts", headers=bearer())
    return answer.raise_for_status().json()["data"]


def test_no_more_reports_at_a_time_than_are_borne(guarded, jobs, monkeypatch):
    report = f"/profiler/report/{jobs[1]['job_id']}"
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def slow(profile):
        begun.release()
        assert go_on.wait(60)
        yield b"made"

    monkeypatch.setattr(reports, "report_chunks", slow)
    bound = guarded.app.state.backend.report_bound
    with ThreadPoolExecutor(REPORTS_AT_ONCE + 1) as browsers:
        asked = [browsers.submit(guarded.http.get, report, headers=bearer()) for _ in range(REPORTS_AT_ONCE)]
        for _ in asked:
            assert begun.acquire(timeout=60)
        # The rest of the service answers while reports are made, and one report more than may wait is refused.
        assert guarded.http.get("/profiler/ui", headers=bearer()).status_code == 200
        monkeypatch.setattr(bound, "_waiting", 0)
        refused = guarded.http.get(report, headers=bearer())
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        told = guarded.http.get(report, headers=bearer() | BROWSER)
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")
        assert error_page(told).cssselect("[data-live]"), "it looks again by itself"
        monkeypatch.setattr(bound, "_waiting", 1)
        waits = browsers.submit(guarded.http.get, report, headers=bearer())
        go_on.set()
        assert [item.result().text for item in (*asked, waits)] == ["made"] * (REPORTS_AT_ONCE + 1)


def test_nothing_for_nobody(guarded, jobs):
    for place in ("/profiler/ui", f"/profiler/report/{jobs[0]['job_id']}", f"/profiler/ui/jobs/{jobs[0]['job_id']}"):
        told = guarded.http.get(place)
        assert (told.status_code, told.headers["content-type"]) == (401, "application/json")
        asked = guarded.http.get(place, headers=BROWSER)
        assert asked.status_code == 401
        form = html.document_fromstring(asked.text).cssselect("form")[0]
        assert (form.get("action"), form.get("method")) == ("/profiler/ui/session", "post")
        assert html.document_fromstring(asked.text).cssselect("input[name=next]")[0].get("value") == place
    assert guarded.http.get("/profiler/ui", headers=bearer("nonsense") | BROWSER).status_code == 401


def signed_in(guarded, following: str = "/profiler/ui", value: str | None = None):
    return guarded.http.post("/profiler/ui/session", data={"token": value or token(), "next": following})


def test_a_session_begins_with_a_token(guarded, jobs):
    place = f"/profiler/report/{jobs[0]['job_id']}"
    answer = signed_in(guarded, place)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/profiler" in cookie
    guarded.http.cookies.clear()
    session = {"Cookie": cookie.partition(";")[0]}
    assert guarded.http.get(place, headers=session).status_code == 200
    inside = html.document_fromstring(guarded.http.get("/profiler/ui", headers=session).text)
    assert inside.cssselect('form[action="/profiler/ui/session/end"]')
    # Pages alone: what changes something asks for a token that no other site can make a browser send.
    assert guarded.http.get("/profiler/jobs", headers=session).status_code == 401
    assert guarded.http.post(f"/profiler/jobs/{jobs[0]['job_id']}/abort", headers=session).status_code == 401
    assert guarded.http.post("/profiler/links", json={"path": place}, headers=session).status_code == 401
    ended = guarded.http.post("/profiler/ui/session/end")
    assert 'profiler_session=""' in ended.headers["set-cookie"]


def test_a_session_ends_with_its_token(guarded):
    expired = token(exp=datetime.now(UTC) - timedelta(hours=1))
    refused = signed_in(guarded, value=expired)
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    assert "expired" in html.document_fromstring(refused.text).cssselect("[role=alert]")[0].text
    late = guarded.http.get("/profiler/ui", headers={"Cookie": f"profiler_session={expired}"} | BROWSER)
    assert late.status_code == 401
    assert expired not in late.text
    stranger = signed_in(guarded, value=token("stranger"))
    assert (stranger.status_code, "set-cookie" in stranger.headers) == (401, False)


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org", "/profiler/../x\r\nSet-Cookie: a=b", "\\\\example.org", ""]
)
def test_a_form_sends_nobody_elsewhere(guarded, elsewhere):
    assert signed_in(guarded, elsewhere).headers["location"] == "/profiler/ui"
    guarded.http.cookies.clear()


def test_another_site_cannot_sign_anybody_in(guarded):
    sent = guarded.http.post("/profiler/ui/session", data={"token": token()}, headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403
    assert guarded.http.post("/profiler/ui/session", json={"token": token()}).status_code == 415


def test_a_signed_link_opens_one_page(guarded, jobs):
    place = f"/profiler/report/{jobs[0]['job_id']}"
    answer = guarded.http.post("/profiler/links", json={"path": place}, headers=bearer()).raise_for_status().json()
    assert 0 < answer["expires"] - datetime.now(UTC).timestamp() <= LINK_SECONDS
    assert guarded.http.get(answer["path"]).status_code == 200
    query = dict(parse_qsl(urlsplit(answer["path"]).query))
    assert query["client"] == "airflow"
    other = f"/profiler/report/{jobs[1]['job_id']}"
    for changed in (
        f"{other}?{urlencode(query)}",
        f"{place}?{urlencode(query | {'client': 'other'})}",
        f"{place}?{urlencode(query | {'expires': int(query['expires']) + 60})}",
        f"{place}?{urlencode(query | {'signature': 'ä' * 64})}",
        f"{place}?{urlencode(query | {'signature': ''})}",
        f"/profiler/ui?{urlencode(query)}",
        f"/profiler/jobs?{urlencode(query)}",
    ):
        assert guarded.http.get(changed).status_code in (401, 422), changed


def test_a_signed_link_to_a_comparison_keeps_its_question(guarded, jobs):
    place = f"/profiler/datasets/{jobs[0]['dataset_id']}/compare"
    body = {"path": f"{place}?from=2&to=1"}
    answer = guarded.http.post("/profiler/links", json=body, headers=bearer()).raise_for_status().json()
    assert guarded.http.get(answer["path"]).status_code == 200
    assert guarded.http.get(answer["path"].replace("from=2", "from=1")).status_code == 401


@pytest.mark.parametrize(
    "path", ["/profiler/ui", "/profiler/jobs", "/profiler/report/../jobs", "https://example.org/profiler/report/1", ""]
)
def test_links_are_signed_for_pages_alone(guarded, path):
    assert guarded.http.post("/profiler/links", json={"path": path}, headers=bearer()).status_code == 422


def test_a_link_ends():
    signer = LinkSigner(b"key")
    path, expires = signer.signed("/profiler/report/1", "airflow", now=1000.0)
    signature = dict(parse_qsl(urlsplit(path).query))["signature"]
    signer.check("/profiler/report/1", "airflow", expires, signature, 1000.0 + LINK_SECONDS)
    with pytest.raises(NotAuthenticated, match="expired"):
        signer.check("/profiler/report/1", "airflow", expires, signature, 1001.0 + LINK_SECONDS)
    with pytest.raises(NotAuthenticated, match="does not verify"):
        LinkSigner(b"another").check("/profiler/report/1", "airflow", expires, signature, 1000.0)


def test_the_key_of_links_is_kept_and_private(guarded, jobs):
    place = f"/profiler/report/{jobs[0]['job_id']}"
    guarded.http.post("/profiler/links", json={"path": place}, headers=bearer()).raise_for_status()
    file = guarded.settings.home / "link.key"
    assert (len(file.read_bytes()), file.stat().st_mode & 0o777) == (32, 0o600)


def test_no_profile_yet(start, documented_request):
    service = start(run_jobs=True)
    service.engine.hold_light.clear()
    job = service.submit(documented_request)
    assert service.http.get(f"/profiler/report/{job}").status_code == 404
    told = service.http.get(f"/profiler/report/{job}", headers=BROWSER)
    assert told.status_code == 404
    assert "no profile yet" in error_page(told).cssselect("[role=alert]")[0].text_content()
    assert error_page(told).cssselect("[data-live]"), "it becomes the report as soon as there is one"
    assert service.http.get("/profiler/report/unknown").status_code == 404
    assert page(service.http.get(f"/profiler/ui/jobs/{job}")).cssselect("#log h2")
    service.engine.hold_light.set()
    service.wait(job)
