"""Reports within Airflow's own pages, in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.airflow.running_airflow import Airflow
from tests.e2e.airflow.stepped_service import Step, SteppedService
from tests.e2e.browser.conftest import chromium  # noqa: F401 - a fixture
from tests.e2e.conftest import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

DAG_ID = "reports"


@dataclass(frozen=True)
class Run:
    """A run that is over, and the browser of somebody who is signed in."""

    airflow: Airflow
    run_id: str
    path: str
    """Of the embedded task's dataset."""
    browser: webdriver.Chrome
    seen: list[str] = field(default_factory=list)
    """The text of a tab while its job waited, and then."""

    @property
    def base(self) -> str:
        return str(self.airflow.client.base_url).rstrip("/")

    def frame(self, page: str) -> webdriver.Chrome:
        """The browser within the frame of an Airflow page that shows ours."""
        self.browser.switch_to.default_content()
        self.browser.get(f"{self.base}{page}")
        wait = WebDriverWait(self.browser, 120)
        frame = wait.until(lambda browser: browser.find_elements(By.TAG_NAME, "iframe"))[0]
        self.browser.switch_to.frame(frame)
        wait.until(lambda browser: browser.find_elements(By.CSS_SELECTOR, "main h1"))
        return self.browser

    def tab(self, task: str) -> str:
        """The text of a task instance's tab."""
        page = self.frame(f"/dags/{DAG_ID}/runs/{self.run_id}/tasks/{task}/plugin/dataset-profile")
        return page.find_element(By.TAG_NAME, "body").text


@pytest.fixture(scope="module")
def held(stepped: Callable[..., SteppedService]) -> SteppedService:
    """A service that runs no job until it is let."""
    return stepped()


@pytest.fixture(scope="module")
def run(
    airflow: Airflow,
    data: Path,
    held: SteppedService,
    chromium: webdriver.Chrome,  # noqa: F811
) -> Iterator[Run]:
    """A run that is over."""
    with airflow.connection("reports", held.url), airflow.connection("reports_embedded", "embedded"):
        conf = {"conn": "reports", "embedded": "reports_embedded", "path": str(data / "stock")}
        run = Run(airflow, airflow.start(DAG_ID, conf), conf["path"], chromium)
        chromium.get(f"{run.base}/auth/token/login")
        eventually(
            lambda: airflow.xcom_or_none(DAG_ID, run.run_id, "profile", "job_url"), seconds=240, what="a job's URL"
        )
        run.seen.append(run.tab("profile"))
        held.let(Step.END)
        # Nobody loads the page again: it does so itself.
        WebDriverWait(chromium, 240).until(lambda browser: browser.find_elements(By.ID, "find"))
        run.seen.append(chromium.find_element(By.TAG_NAME, "body").text)
        airflow.end(DAG_ID, run.run_id, seconds=300)
        yield run


def test_airflow_has_the_plugin(airflow: Airflow) -> None:
    found = airflow.client.get("/api/v2/plugins").raise_for_status().json()["plugins"]
    (ours,) = [plugin for plugin in found if plugin["name"] == "dataset_profiler"]
    assert {view["destination"] for view in ours["external_views"]} == {"task_instance", "dag_run", "nav"}
    assert airflow.client.get("/api/v2/plugins/importErrors").raise_for_status().json()["total_entries"] == 0


def test_the_tab_of_a_task_shows_its_report(run: Run) -> None:
    assert "amount" in run.tab("profile")
    run.browser.find_element(By.ID, "find").send_keys("amount")
    told = run.browser.find_element(By.ID, "found")
    # The page's own script runs in Airflow's frame.
    WebDriverWait(run.browser, 30).until(lambda _: told.get_attribute("textContent") == "1 columns and 0 files fit")
    assert "stock" in run.tab("embedded")
    said = [entry["message"] for entry in run.browser.get_log("browser") if "/dataset-profiles/" in entry["message"]]
    # Of any frame that Airflow makes for a plugin.
    assert [message for message in said if "can escape its sandboxing" not in message] == []


@pytest.mark.parametrize(("task", "told"), [("profile", "amount"), ("embedded", "stock")])
def test_the_button_of_a_task_leads_to_its_report(run: Run, task: str, told: str) -> None:
    run.browser.switch_to.default_content()
    run.browser.get(f"{run.base}/dags/{DAG_ID}/runs/{run.run_id}/tasks/{task}/details")
    wait = WebDriverWait(run.browser, 120)
    button = wait.until(lambda browser: browser.find_elements(By.LINK_TEXT, "Profile report"))[0]
    where = button.get_attribute("href")
    assert where is not None
    # The embedded job has no service: its report is a page of Airflow.
    assert where.startswith(run.base) is (task == "embedded")
    run.browser.get(where)
    wait.until(lambda browser: browser.find_elements(By.CSS_SELECTOR, "main h1"))
    assert told in run.browser.find_element(By.TAG_NAME, "body").text


def test_a_tab_that_waits_for_a_job_becomes_its_report(run: Run) -> None:
    before, then = run.seen
    assert "as soon as it is ready" in before
    assert "amount" not in before
    assert "amount" in then


def test_mapped_tasks_have_reports_of_their_own(run: Run) -> None:
    assert "stock" in run.tab("each/mapped/0")
    assert "ports" in run.tab("each/mapped/1")
    failed = run.tab("each/mapped/2")
    assert "all_failed" in failed
    assert "The last lines of its log" in failed


def test_a_run_lists_its_profiles_and_leads_to_reports(run: Run) -> None:
    page = run.frame(f"/dags/{DAG_ID}/runs/{run.run_id}/plugin/dataset-profiles-of-run")
    rows = [row.text for row in page.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert [row.split(" ready")[0] for row in rows if " ready " in row] == [
        "each [0] stock",
        "each [1] ports",
        f"embedded {run.path}",
        "profile sales",
    ]
    page.find_element(By.LINK_TEXT, "report").click()
    WebDriverWait(page, 60).until(lambda browser: browser.find_elements(By.ID, "find"))


def test_the_menu_leads_to_the_newest(run: Run) -> None:
    page = run.frame("/plugin/dataset-profiles")
    first = page.find_element(By.CSS_SELECTOR, "tbody tr").text
    assert first.startswith(f"{DAG_ID} {run.run_id}")


def test_the_pages_are_framed_by_airflow_alone_and_kept_nowhere(run: Run) -> None:
    link = f"/dataset-profiles/dags/{DAG_ID}/runs/{run.run_id}/tasks/profile/-1"
    answer = run.airflow.client.get(link).raise_for_status()
    assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"
    assert answer.headers["cache-control"] == "private, no-store"
