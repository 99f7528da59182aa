"""The distribution node: a file, a set of files or a database, what became of it and how it was read."""

from typing import Any

from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, Reading

_TYPES = {
    DistributionKind.FILE: "cr:FileObject",
    DistributionKind.FILE_SET: "cr:FileSet",
    DistributionKind.DATABASE: "dg:DatabaseConnection",
}


def distribution_node(item: Distribution) -> dict[str, Any]:
    """The node of a distribution. What is not known of it (a size, a checksum) is left out."""
    node: dict[str, Any] = {
        "@type": _TYPES[item.kind],
        "@id": str(item.id),
        "name": item.name,
        "description": item.description,
        "encodingFormat": item.media_type,
        "contentUrl": item.content_url,
    }
    if item.content_size is not None:
        node["contentSize"] = f"{item.content_size} B"
    if item.sha256 is not None:
        node["sha256"] = item.sha256
    if item.contained_in is not None:
        node["containedIn"] = {"@id": str(item.contained_in)}
    if item.includes:
        node["includes"] = list(item.includes)
    node["dg:profilingStatus"] = item.status.value
    if item.reason is not None:
        node["dg:reasonCode"] = item.reason.code.value
        node["dg:reason"] = item.reason.message
    if item.reading is not None:
        node |= _reading_properties(item.reading)
    return node


def _reading_properties(reading: Reading) -> dict[str, Any]:
    dialect = reading.dialect
    compressed = {"dg:compression": reading.compression, "dg:contentEncodingFormat": reading.content_media_type}
    read = {"dg:reader": reading.reader} | {key: value for key, value in compressed.items() if value is not None}
    if dialect is None:
        encoding = {} if reading.encoding is None else {"dg:encoding": reading.encoding}
        return read | encoding
    described = {
        "dg:delimiter": dialect.delimiter,
        "dg:quoteChar": dialect.quote,
        "dg:escapeChar": dialect.escape,
        "dg:header": dialect.header,
        "dg:lineEnding": dialect.line_ending,
        "dg:encoding": reading.encoding,
        "dg:byteOrderMark": reading.byte_order_mark,
        "dg:skippedLines": reading.skipped_lines,
    }
    known = {key: value for key, value in described.items() if value is not None}
    return read | {"dg:csvDialect": known}
