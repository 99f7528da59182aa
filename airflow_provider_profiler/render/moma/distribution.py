"""The distribution node: a file, a set of files or a database, what became of it and how it was read."""

from typing import Any

from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, Reading
from airflow_provider_profiler.render.content import content_line, document_values, image_values
from airflow_provider_profiler.render.renderer import moment_text

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
        "description": item.description or content_line(item),
        "encodingFormat": item.media_type,
        "contentUrl": item.content_url,
    }
    if item.content_size is not None:
        node["contentSize"] = f"{item.content_size} B"
    if item.sha256 is not None:
        node["sha256"] = item.sha256
    if item.modified is not None:
        node["dateModified"] = moment_text(item.modified)
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
    if item.document is not None:
        found = document_values(item.document) | {"keywords": list(item.document.keywords)}
        node["dg:document"] = _prefixed(found | {"chunk_count": len(item.document.chunks)})
    if item.image is not None:
        node["dg:image"] = _prefixed(image_values(item.image))
    return node


def _prefixed(values: Any) -> Any:
    """The same with every key in the vocabulary: ``dg:perceptualHash`` of ``perceptual_hash``."""
    if isinstance(values, list):
        return [_prefixed(item) for item in values]
    if isinstance(values, dict):
        return {_key(name): _prefixed(value) for name, value in values.items()}
    return values


def _key(name: str) -> str:
    first, *others = name.split("_")
    return f"dg:{first}{''.join(word.capitalize() for word in others)}"


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
