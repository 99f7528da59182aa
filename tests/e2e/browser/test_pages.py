"""The service's pages in a browser: signed in to, watched while a job runs, and followed to its report."""

import subprocess
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from airflow_provider_profiler.checks.comparison import compare
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling import profile
from airflow_provider_profiler.render.report import comparison_chunks
from tests.e2e.conftest import BINARIES, clean_environment

pytestmark = pytest.mark.e2e

KEY = "a-shared-secret-of-more-than-32-bytes"


def text(browser, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def patient(browser) -> WebDriverWait:
    """Waits for a page that looks again by itself: what was just found on it may be replaced by then."""
    return WebDriverWait(browser, 120, ignored_exceptions=[StaleElementReferenceException])


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service that asks for tokens, as a process."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "data" / "sales").mkdir(parents=True)
    rows = "".join(f"{n},{n % 7},{n * 3 % 101}\n" for n in range(200_000))
    (folder / "data" / "sales" / "sales.csv").write_text("id,shop,price\n" + rows, "utf-8")
    environment = clean_environment() | {
        "PROFILER_HOME": str(folder / "home"),
        "DATA_ROOT_PATH": str(folder / "data"),
        "ENABLE_AUTH": "true",
        "PROFILER_AUTH_KEY": KEY,
        "PROFILER_AUTH_ALGORITHMS": "HS256",
        "PROFILER_HOST": "127.0.0.1",
    }
    command = [str(BINARIES / "dataset-profiler"), "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        url = next(line for line in process.stdout if "listens on" in line).split("listens on ")[1].split()[0]
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def token() -> str:
    claims = {"client_id": "airflow", "exp": datetime.now(UTC) + timedelta(minutes=30)}
    return jwt.encode(claims, KEY, algorithm="HS256")


def test_from_the_sign_in_to_the_report(browser, service, token):
    browser.get(f"{service}/profiler/ui")
    assert text(browser, "h1") == "Sign in"
    # The browser tells of the answer, which is what was expected.
    assert "401" in browser.get_log("browser")[0]["message"]
    browser.find_element(By.ID, "token").send_keys(token)
    browser.find_element(By.CSS_SELECTOR, "form .go").click()
    assert text(browser, "h1") == "Jobs"
    [cookie] = browser.get_cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    specification = ProfileSpecification.for_path("sales").model_dump(mode="json")
    body = {"profile_specification": specification, "options": {"execution": {"partition_bytes": 65536}}}
    headers = {"Authorization": f"Bearer {token}"}
    job = httpx.post(
        f"{service}/profiler/trigger_profile", json=body, headers=headers, timeout=60, trust_env=False
    ).json()["job_id"]
    browser.get(f"{service}/profiler/ui/jobs/{job}")
    # The page looks again by itself until the job has ended.
    patient(browser).until(lambda _: text(browser, ".status") == "ready")
    assert not browser.find_elements(By.CSS_SELECTOR, "[data-live]")
    assert "Stage publish begins." in text(browser, ".log")
    browser.find_element(By.LINK_TEXT, "Open the report").click()
    assert text(browser, "h1") == "sales"
    assert [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".column .name bdi")] == [
        "id",
        "shop",
        "price",
    ]
    browser.get(f"{service}/profiler/ui")
    assert text(browser, "#jobs tbody th a") == "sales"
    browser.find_element(By.CSS_SELECTOR, "header form button").click()
    assert text(browser, "h1") == "Sign in"
    assert browser.get_cookies() == []
    browser.get_log("browser")


def test_a_signed_link_opens_without_a_session(browser, service, token):
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=service, headers=headers, timeout=60, trust_env=False) as client:
        job = client.get("/profiler/jobs").json()["data"][0]["job_id"]
        path = client.post("/profiler/links", json={"path": f"/profiler/report/{job}"}).json()["path"]
    browser.get(f"{service}{path}")
    assert text(browser, "h1") == "sales"


def test_what_is_wrong_is_told_in_a_page(browser, service, token):
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=service, headers=headers, timeout=60, trust_env=False) as client:
        dataset = client.get("/profiler/jobs").json()["data"][0]["dataset_id"]
        asked = client.post("/profiler/links", json={"path": f"/profiler/datasets/{dataset}/compare?from=9"}).json()
    browser.get(f"{service}{asked['path']}")
    assert "404" in browser.get_log("browser")[0]["message"]
    assert text(browser, "h1") == "There is nothing here"
    assert "has no revision '9'" in text(browser, "[role=alert]")
    browser.find_element(By.LINK_TEXT, "All datasets and jobs").click()
    assert text(browser, "h1") == "Sign in"
    browser.get_log("browser")


def test_two_revisions_laid_over_each_other(browser, tmp_path):
    profiles = []
    for name, shift in (("before", 0), ("after", 60)):
        (tmp_path / name).mkdir()
        rows = "".join(f"{n},{n * 7 % 101 + shift}\n" for n in range(500))
        (tmp_path / name / "prices.csv").write_text("id,price\n" + rows, "utf-8")
        profiles.append(profile(tmp_path / name).model)
    page = tmp_path / "comparison.html"
    page.write_bytes(b"".join(comparison_chunks(compare(*profiles), "Monday", "Tuesday")))
    browser.get(page.as_uri())
    assert "Monday" in text(browser, "h1")
    first = browser.find_element(By.CSS_SELECTOR, ".column summary")
    assert "price" in first.text
    assert "the distribution moved" in first.text
    first.click()
    assert "before: Monday" in text(browser, ".legend")
    marked = [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".column[open] .differs th")]
    assert {"Minimum", "Median", "Maximum"} <= set(marked)
    assert "Rows with a value" not in marked
    same = browser.find_elements(By.CSS_SELECTOR, ".column summary")[1]
    assert "id" in same.text
    assert not same.find_elements(By.CSS_SELECTOR, ".status"), "what is as it was has no mark"
    drawn = [item.rect for item in browser.find_elements(By.CSS_SELECTOR, ".column[open] .overlay path")]
    assert len(drawn) == 2
    assert drawn[0]["x"] < drawn[1]["x"], "what came later is larger"
