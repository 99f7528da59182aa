"""What in a path varies from shard to shard: numbers and hashes in the file's name, values in folders ``key=value``."""

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from airflow_provider_profiler.profiling.formats import extension_of, stem_of

#: How Hive, Spark and their relatives write a missing value.
MISSING = "__HIVE_DEFAULT_PARTITION__"
_KEY = re.compile(r"([^=/]+)=([^/]*)")
#: A UUID; hexadecimal digits with a number among them, or as many as a hash has; a number.
_VARYING = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<![0-9a-z])(?=[0-9a-f]{0,63}[0-9])(?=[0-9a-f]{0,63}[a-f])[0-9a-f]{8,64}(?![0-9a-z])"
    r"|(?<![0-9a-z])[0-9a-f]{16,64}(?![0-9a-z])"
    r"|[0-9]+",
    re.IGNORECASE,
)
#: Numbers, words, and signs one by one: what differs in a name differs as a whole.
_PARTS = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)
_JOINTS = "-_. "
_RUN = re.compile(rf"[{_JOINTS}]*(?:\0[{_JOINTS}]*)+")
#: Words in names of parts that are not about what the table holds.
_NOT_TELLING = frozenset({"part", "parts", "shard", "chunk", "split", "of", "c", "snappy", "zstd", "gz"})


@dataclass(frozen=True)
class ShardPath:
    """A file's path, taken apart."""

    base: str
    """The folder that the table lies in."""
    pattern: str
    """The rest of the path with a mark in place of all that varies: equal for the shards of a table."""
    keys: tuple[tuple[str, str | None], ...] = ()
    """Of folders ``key=value``, from the outside in; None for a missing value."""


def shard_path(path: str, *, within: str = "") -> ShardPath | None:
    """What of a path varies; None where nothing does, so that the file can be no shard.

    :param within: the archive that the file is in: folders of its path are not looked at.
    """
    inner = path.removeprefix(f"{within}/") if within else path
    *folders, name = inner.split("/")
    found = [_KEY.fullmatch(folder) for folder in folders]
    first = next((place for place, key in enumerate(found) if key), len(folders))
    pattern = [key[1] + "=\0" if key else folder for folder, key in zip(folders, found, strict=True)][first:]
    stem = stem_of(name)
    # Several of them in a row count as one: programs write more or fewer from one day to the next.
    name_pattern = _RUN.sub("\0", _VARYING.sub("\0", stem)) + name[len(stem) :]
    keys = tuple((unquote(key[1]), _value(key[2])) for key in found if key)
    if not keys and "\0" not in name_pattern:
        return None
    base = "/".join([*([within] if within else []), *folders[:first]])
    return ShardPath(base, "/".join([*pattern, name_pattern]), keys)


def _value(written: str) -> str | None:
    value = unquote(written)
    return None if value in ("", MISSING) else value


def common_pattern(paths: Sequence[str]) -> str:
    """A glob pattern that covers the paths, which have equally many segments, and as little else as can be."""
    segments = zip(*(path.split("/") for path in paths), strict=True)
    return "/".join(_common_segment(list(dict.fromkeys(names))) for names in segments)


def covers(pattern: str, path: str) -> bool:
    """Whether a pattern of :func:`common_pattern` covers a path."""
    return _expression(pattern).fullmatch(path) is not None


@lru_cache(maxsize=16)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (match for match in re.finditer(r"\[(.)\]|(\*)|(.)", pattern, re.DOTALL))
    return re.compile("".join("[^/]*" if part[2] else re.escape(part[1] or part[3]) for part in parts))


def _common_segment(names: list[str]) -> str:
    if len(names) == 1:
        return glob.escape(names[0])
    parts = [_PARTS.findall(name) for name in names]
    start = _common_start(parts)
    end = _common_start([part[len(start) :][::-1] for part in parts])[::-1]
    return f"{glob.escape(''.join(start))}*{glob.escape(''.join(end))}"


def _common_start(lists: Sequence[list[str]]) -> list[str]:
    start = []
    for parts in zip(*lists, strict=False):
        if any(part != parts[0] for part in parts):
            break
        start.append(parts[0])
    return start


def table_name(base: str, pattern: str, *, partitioned: bool) -> str:
    """What the table is called: the files' name without what varies, the folder where nothing is left of it.

    :param pattern: of :class:`ShardPath`.
    :param partitioned: whether there are folders ``key=value``: then the folder around them names the table.
    """
    folder = base.rpartition("/")[2]
    if partitioned and folder:
        return folder
    stem = stem_of(pattern.rpartition("/")[2])
    # What is left between two parts that vary, such as the hyphen of a month, is no name.
    words = [word for part in stem.split("\0") if (word := part.strip(_JOINTS))]
    if folder and _NOT_TELLING.issuperset(word.lower() for word in words):
        return folder
    return "_".join(words) or "table"


def title_path(base: str, name: str, pattern: str) -> str:
    """A path by which the table is told from others of its name."""
    extension = extension_of(pattern.rpartition("/")[2])
    return f"{base}/{name}.{extension}" if base else f"{name}.{extension}"
