"""A real browser without a screen, that calls nobody, and pages made of real profiles."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.profiling import profile
from airflow_provider_profiler.render.report import report_chunks

#: So that the browser asks no host by itself, neither for parts of its own nor for news.
_QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1280,1000",
)
#: Written from right to left, and from left to right.
GREETINGS = ("שלום", "Γειά σου")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Debian's Chromium."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    assert driver and binary, "apt-get install chromium chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (*_QUIET, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with pytest.MonkeyPatch.context() as environment:
        # Whatever proxies there are, loopback is reached without them.
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            environment.delenv(name)
        browser = webdriver.Chrome(options=options, service=Service(driver))
        try:
            yield browser
        finally:
            browser.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser at a desk's width; what it complains of fails the test."""
    chromium.set_window_size(1280, 1000)
    # Without smooth scrolling: what is clicked on stays where it is.
    still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": still})
    yield chromium
    complaints = [entry["message"] for entry in chromium.get_log("browser") if entry["level"] != "INFO"]
    assert complaints == []


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DatasetProfile:
    """A dataset with everything that a page shows: keys, texts in two directions, missing values, a bad file."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    (folder / "text").mkdir(parents=True)
    orders = [
        f"{n},{n % 40 + 1},{n % 90 / 4 if n % 5 else ''},{GREETINGS[n % 2]},2024-0{n % 9 + 1}-1{n % 10}\n"
        for n in range(1, 601)
    ]
    (folder / "orders.csv").write_text("order_id,customer_id,price,greeting,day\n" + "".join(orders), "utf-8")
    customers = [f"{n},name {n},<b>{n % 4}</b>\n" for n in range(1, 41)]
    (folder / "customers.csv").write_text(
        'customer_id,name,"<script>alert(1)</script>"\n' + "".join(customers), "utf-8"
    )
    (folder / "text" / "readme.md").write_text(
        "# Shop\n\nOrders and customers of a shop. It has two tables.\n", "utf-8"
    )
    (folder / "broken.parquet").write_bytes(b"PAR1 is not enough")
    return profile(folder).model


@pytest.fixture(scope="session")
def report_file(shop: DatasetProfile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report, as a file."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_bytes(b"".join(report_chunks(shop)))
    return file


def parsed_colour(text: str) -> tuple[float, float, float]:
    """``rgb(r, g, b)`` as three shares."""
    numbers = json.loads(f"[{text.partition('(')[2].rstrip(')')}]")
    return tuple(value / 255 for value in numbers[:3])  # type: ignore[return-value]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours after WCAG 2.2, from 1 to 21."""

    def luminance(text: str) -> float:
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parsed_colour(text)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
