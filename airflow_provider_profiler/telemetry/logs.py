"""How the program writes its log: text for people or one JSON object a line, to one stream."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.telemetry.context import ContextFilter
from airflow_provider_profiler.telemetry.masking import MaskingFilter

#: File names may hold anything: what would steer a terminal, or end a line for some reader, is written out.
_CONTROLS = {
    code: "\\r" if code == 0x0D else f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n"
}


def plain(text: str) -> str:
    """Text as it may be shown on a terminal, on a line of its own; further lines of it are indented."""
    return text.translate(_CONTROLS).replace("\n", "\n  ")


#: Write every address that they send something to, path and all, as ``DEBUG``: that of a webhook is a secret.
_TALKATIVE = ("urllib3", "httpx", "httpcore", "aiohttp")


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")


class TextFormatter(logging.Formatter):
    """One line: moment (UTC), level, logger, the ids where there are any, message. Tracebacks follow."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's text."""
        named = (("job", "job_id"), ("dataset", "dataset_id"), ("request", "request_id"))
        ids = "".join(f" {name}={value}" for name, field in named if (value := getattr(record, field, "")))
        # A message that holds line breaks could pass for lines of its own.
        message = plain(record.getMessage())
        line = f"{_moment(record)} {record.levelname} {record.name}{ids}: {message}"
        return "\n".join(part for part in (line, *_details(self, record)) if part)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        entry = {
            "at": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in ("job_id", "dataset_id", "stage", "request_id", "trace_id", "node"):
            if value := getattr(record, name, ""):
                entry[name] = value
        # What a line tells beside its message, as ``extra={"fields": {...}}``; never instead of it.
        entry |= {name: value for name, value in getattr(record, "fields", {}).items() if name not in entry}
        if details := "\n".join(part for part in _details(self, record) if part):
            entry["details"] = details
        return json.dumps(entry, ensure_ascii=False)


def _details(formatter: logging.Formatter, record: logging.LogRecord) -> tuple[str, str]:
    traceback = record.exc_text or (formatter.formatException(record.exc_info) if record.exc_info else "")
    return traceback, record.stack_info or ""


class _ProfilerHandler(logging.StreamHandler[TextIO]):
    """Our own handler, told from others' when logging is configured again."""


def configure_logging(
    *, level: str = "INFO", log_format: Literal["text", "json"] = "text", stream: TextIO | None = None
) -> None:
    """Write everything that the process logs to one stream, with ids, without secrets.

    Calling it again replaces what an earlier call set up; handlers of others stay. Programs call it (the service,
    the command line); code that runs inside another program's process does not.

    :param level: the least severe level that is written, such as ``INFO``.
    :param log_format: ``text`` for people, ``json`` for collectors.
    :param stream: where to write; standard error by default, so that standard output stays for results.
    :raises ConfigurationError: for a level that logging does not know.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ConfigurationError(
            f"PROFILER_LOG_LEVEL is {level!r}, which is not a log level; use DEBUG, INFO, WARNING or ERROR."
        )
    handler = _ProfilerHandler(stream or sys.stderr)
    handler.addFilter(ContextFilter())
    handler.addFilter(MaskingFilter())
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for earlier in [item for item in root.handlers if isinstance(item, _ProfilerHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(number)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.INFO))
