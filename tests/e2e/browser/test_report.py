"""The report in a browser: sorted, searched, opened, read by keyboard, in the dark, on a phone, on paper."""

from itertools import pairwise

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser.conftest import GREETINGS, contrast

pytestmark = pytest.mark.e2e


def find(browser, selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


def names(browser, table: int) -> list[str]:
    """The columns in sight, in their order."""
    shown = find(browser, f"#t{table} .column .name > bdi")
    return [item.text for item in shown if item.is_displayed()]


def number(browser, table: str) -> int:
    titles = [item.text for item in find(browser, "details.table > summary h3")]
    return titles.index(table)


@pytest.fixture
def opened(browser, report_file):
    browser.get(report_file.as_uri())
    return browser


def search(browser, words: str, told: str) -> None:
    """Look for words, until it is told that so much was found: of their first letters something is told too."""
    field = browser.find_element(By.ID, "find")
    browser.execute_script("document.getElementById('found').textContent = '...'")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(words or Keys.DELETE)
    found = browser.find_element(By.ID, "found")
    WebDriverWait(browser, 60).until(lambda _: found.get_attribute("textContent") == told, f"{told!r} was not told")


def test_columns_are_sorted(opened):
    orders = number(opened, "orders")
    assert names(opened, orders) == ["order_id", "customer_id", "price", "greeting", "day"]
    missing = opened.find_element(By.CSS_SELECTOR, f"#t{orders} [data-sort=missing]")
    missing.click()
    assert names(opened, orders)[0] == "price", "the most first"
    assert missing.get_attribute("aria-pressed") == "true"
    missing.click()
    assert names(opened, orders)[-1] == "price"
    opened.find_element(By.CSS_SELECTOR, f"#t{orders} [data-sort=distinct]").click()
    assert names(opened, orders)[0] == "order_id"
    opened.find_element(By.CSS_SELECTOR, f"#t{orders} [data-sort=position]").click()
    assert names(opened, orders)[0] == "order_id"


def test_columns_and_files_are_found(opened):
    orders, customers = number(opened, "orders"), number(opened, "customers")
    search(opened, "cust", "2 columns and 1 files fit")
    assert names(opened, orders) == ["customer_id"]
    assert names(opened, customers) == ["customer_id"]
    search(opened, "datetime", "1 columns and 0 files fit")  # by what they stand for
    assert names(opened, orders) == ["day"]
    assert find(opened, f"#t{customers} .none")[0].is_displayed() is False, "the table is closed"
    search(opened, "", "")
    assert len(names(opened, orders)) == 5


def test_a_column_opens_to_what_is_known(opened):
    orders = number(opened, "orders")
    price = opened.find_element(By.CSS_SELECTOR, f"#t{orders}-c2 > summary")
    price.send_keys(Keys.ENTER)
    inside = opened.find_element(By.CSS_SELECTOR, f"#t{orders}-c2 .inside")
    assert inside.is_displayed()
    for words in ("Standard deviation", "Quantiles", "Evidence for the type", "First values", "Most frequent values"):
        assert words in inside.text
    drawn = inside.find_element(By.CSS_SELECTOR, "figure svg.bars path").rect
    assert drawn["height"] > 20
    assert drawn["width"] > 100


def test_a_link_into_something_closed_opens_it(opened, report_file):
    customers = number(opened, "customers")
    opened.get("about:blank")
    opened.get(f"{report_file.as_uri()}#t{customers}-c1")
    assert opened.find_element(By.CSS_SELECTOR, f"#t{customers}-c1 .inside").is_displayed()


def test_what_failed_and_what_refers_to_what_is_shown(opened):
    assert "broken.parquet" in opened.find_element(By.ID, "overview").text
    assert [item.text for item in find(opened, "#relations tbody td")][:2] == [
        "orders.customer_id",
        "customers.customer_id",
    ]
    assert len(find(opened, ".picture .node")) == 2
    assert "readme.md" in opened.find_element(By.ID, "documents").text


def test_names_are_names(opened):
    customers = number(opened, "customers")
    assert "<script>alert(1)</script>" in names(opened, customers)
    assert not find(opened, ".column .name b, .column th b, .column code b")


def test_a_text_from_right_to_left(opened):
    hebrew = opened.execute_script(
        "return [...document.querySelectorAll('.ranking th')].filter(e => e.textContent.includes(arguments[0]))"
        ".map(e => getComputedStyle(e).direction)",
        GREETINGS[0],
    )
    assert hebrew
    assert set(hebrew) == {"rtl"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(opened, scheme):
    opened.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    opened.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")
    pairs = opened.execute_script(
        """
        const found = new Map();
        for (const element of document.querySelectorAll('body *')) {
          const text = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
          if (!text || !element.checkVisibility() || element.closest('svg, script, style, .out, .skip')) continue;
          let ground = element;
          const behind = (one) => getComputedStyle(one).backgroundColor;
          while (ground && behind(ground) === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
          const pair = [getComputedStyle(element).color, behind(ground ?? document.body)];
          found.set(pair.join('|'), [...pair, element.className || element.tagName]);
        }
        return [...found.values()];
        """
    )
    assert len(pairs) > 5
    weak = [(where, round(contrast(text, ground), 2)) for text, ground, where in pairs if contrast(text, ground) < 4.5]
    assert weak == [], "WCAG 2.2 AA asks for 4.5"


def test_light_and_dark_by_hand(opened):
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = opened.execute_script(ground)
    opened.find_element(By.ID, "theme").click()
    after = opened.execute_script(ground)
    assert before != after
    opened.refresh()
    assert opened.execute_script(ground) == after, "it is remembered"
    opened.find_element(By.ID, "theme").click()
    opened.execute_script("localStorage.clear()")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_hangs_over_the_edge(opened, width):
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    opened.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")
    wide = opened.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide[0] <= wide[1]


def test_everything_has_a_name_for_those_who_do_not_see(opened):
    opened.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")
    tree = opened.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node.get("ignored")
        and node["role"]["value"] in ("button", "link", "image", "searchbox", "textbox")
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []
    headings = [node for node in tree if not node.get("ignored") and node["role"]["value"] == "heading"]
    levels = [int(next(p["value"]["value"] for p in node["properties"] if p["name"] == "level")) for node in headings]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level is left out"


def test_by_keyboard_alone(opened):
    opened.find_element(By.TAG_NAME, "body").send_keys("/")
    assert opened.switch_to.active_element.get_attribute("id") == "find"
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    ring = opened.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert ring != "none"


def test_on_paper(opened):
    opened.execute_script("document.querySelectorAll('details.table').forEach(e => e.open = false)")
    opened.execute_script("dispatchEvent(new Event('beforeprint'))")
    orders = number(opened, "orders")
    assert len(names(opened, orders)) == 5
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not opened.find_element(By.CSS_SELECTOR, ".top").is_displayed()
    opened.execute_script("document.documentElement.dataset.theme = 'dark'")
    ink = opened.execute_script("return getComputedStyle(document.body).color")
    assert contrast(ink, "rgb(255, 255, 255)") > 10, "paper is white, whatever the screen is"
