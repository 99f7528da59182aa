"""The process that ORC is decoded in: over some damaged files its library ends the process that it runs in.

It answers with one stream of Arrow batches on its standard output; the schema's metadata tells what the file says of
itself. This file is run as a script: it imports nothing of ours.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

#: Address space in bytes: the largest stripe that is read whole, decoded and on its way, and the libraries themselves.
MOST_MEMORY = 4 * 1024**3
#: Seconds of processor time for one unit of work: a stripe of a gigabyte takes some twenty.
MOST_SECONDS = 900
#: The keys of the schema's metadata.
TAIL, STRIPES, ROWS, FAILED = b"tail", b"stripes", b"rows", b"failed"


def main(task: dict[str, Any]) -> None:
    """Decode what is asked for.

    :param task: ``stripes`` [start, stop), or ``rows`` of one batch to stream the whole file; neither:
        the schema alone.
    """
    import resource  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.orc  # noqa: PLC0415

    out = sys.stdout.buffer
    try:
        with open(0, "rb", closefd=False) as file:
            content = pa.orc.ORCFile(file)
            facts = {
                TAIL: content.reader.serialized_file_tail(),
                STRIPES: str(content.nstripes).encode(),
                ROWS: str(content.nrows).encode(),
            }
            schema = content.schema.with_metadata(facts)
            with pa.ipc.new_stream(out, schema) as stream:
                for batch in _batches(content, file, task):
                    stream.write_batch(batch)
    except Exception as error:
        # Behind what was sent already: whoever reads the batches meets the end of the stream first, then this.
        words = (str(error).strip() or type(error).__name__).encode("utf-8", "replace")
        with pa.ipc.new_stream(out, pa.schema([]).with_metadata({FAILED: words})):
            pass


def _batches(content: Any, file: Any, task: dict[str, Any]) -> Iterator[Any]:
    if "stripes" in task:
        for number in range(*task["stripes"]):
            yield content.read_stripe(number)
    elif "rows" in task:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.dataset  # noqa: PLC0415

        fragment = pa.dataset.OrcFileFormat().make_fragment(pa.PythonFile(file, mode="r"))
        yield from fragment.to_batches(
            schema=content.schema, batch_size=task["rows"], use_threads=False, batch_readahead=1, fragment_readahead=1
        )


if __name__ == "__main__":
    sys.path[:] = sys.argv[2:]
    main(json.loads(sys.argv[1]))
