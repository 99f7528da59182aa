"""A page that tells something, where there is no report to show."""

from airflow_provider_profiler.render.report.airflow_pages import Message, message_chunks
from airflow_provider_profiler.render.report.written import Page, page_of


def message_page(message: Message, status: int = 200) -> Page:
    """A page that tells something."""
    return page_of(message_chunks(message), status)
