"""The report: a profile as one HTML page to look at."""

from airflow_provider_profiler.render.report.comparing import comparison_chunks
from airflow_provider_profiler.render.report.page import report_chunks

__all__ = ["comparison_chunks", "report_chunks"]
