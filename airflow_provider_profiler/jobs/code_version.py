"""A name for the code of this package, so that processes can tell whether they run the same."""

import hashlib
from pathlib import Path

import airflow_provider_profiler

PACKAGE = Path(airflow_provider_profiler.__file__).parent
#: What lies in the package's folder and is not its code.
NOT_CODE = ("__pycache__", "*.pyc")


def code_version() -> str:
    """The package's version and a digest of its sources: in development the version alone says little."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(b"\0")
        digest.update(path.read_bytes())
    return f"{airflow_provider_profiler.__version__}+{digest.hexdigest()[:12]}"
