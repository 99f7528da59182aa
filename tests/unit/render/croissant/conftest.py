"""What the reader of Croissant says of a document, and the rows that it loads."""

import json
import logging

import mlcroissant
import pytest


class _Complaints(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.told = []

    def emit(self, record):
        self.told.append(record.getMessage())


@pytest.fixture
def load(tmp_path):
    """A function that loads a document as if it lay in a folder; whatever the reader complains of is an error."""

    def loaded(content, folder):
        complaints = _Complaints()
        loggers = [logging.getLogger(name) for name in (None, "absl", "rdflib")]
        for logger in loggers:
            logger.addHandler(complaints)
        # Datasets may lie where nothing can be written: their files are seen through links.
        place = tmp_path / "dataset"
        place.mkdir()
        for item in folder.iterdir():
            (place / item.name).symlink_to(item)
        (place / "croissant.json").unlink(missing_ok=True)
        (place / "croissant.json").write_bytes(content)
        try:
            dataset = mlcroissant.Dataset(jsonld=str(place / "croissant.json"))
        finally:
            for logger in loggers:
                logger.removeHandler(complaints)
        issues = dataset.metadata.ctx.issues
        assert (issues.errors, issues.warnings, complaints.told) == (set(), set(), [])
        return dataset

    return loaded


@pytest.fixture
def rows_of():
    """A function that gives the rows of a record set, one list of values each, in the order of its fields."""

    def rows(dataset, content, identity):
        record_set = next(item for item in json.loads(content)["recordSet"] if item["@id"] == identity)
        names = [field["@id"] for field in record_set["field"]]
        return [[record[name] for name in names] for record in dataset.records(identity)]

    return rows
