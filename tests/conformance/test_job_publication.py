"""Which revision the file of a dataset stands for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest


def publish(store, record, log):
    def replace() -> str:
        log.append(record.revision)
        return "/cdd/dataset.json"

    return store.publish(record.job_id, record.attempt, replace)


def test_revisions_that_finish_in_order_are_published_each(store, running):
    first, second = running(), running()
    log = []
    assert store.published_revision(first.dataset_id) is None
    assert publish(store, first, log)
    assert store.published_revision(first.dataset_id) == 1
    assert publish(store, second, log)
    assert store.published_revision(first.dataset_id) == 2
    assert log == [1, 2]


def test_an_older_revision_that_finishes_later_is_not_published(store, running):
    older, newer = running(), running()
    log = []
    assert publish(store, newer, log)
    assert not publish(store, older, log)
    assert (store.published_revision(older.dataset_id), log) == (2, [2])


def test_an_older_revision_that_stalls_while_it_publishes_comes_first(backing, store, running):
    """The newer one waits: otherwise the older one's file could land on top of its own."""
    older, newer = running(), running()
    inside, reaching, published = threading.Event(), threading.Event(), threading.Event()
    log = []
    other = backing.open()

    def stall() -> str:
        inside.set()
        assert reaching.wait(20)
        assert not published.wait(0.2)
        log.append(1)
        return "/cdd/dataset.json"

    def overtake() -> bool:
        assert inside.wait(20)
        reaching.set()
        done = publish(other, newer, log)
        published.set()
        return done

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(store.publish, older.job_id, 1, stall)
        fast = pool.submit(overtake)
        assert slow.result(20) is True
        assert fast.result(20) is True
    other.close()
    assert log == [1, 2]
    assert store.published_revision(older.dataset_id) == 2


def test_a_failed_replacement_publishes_nothing(store, running):
    older, newer = running(), running()

    def full() -> str:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        store.publish(newer.job_id, 1, full)
    assert store.published_revision(newer.dataset_id) is None
    assert publish(store, older, [])


def test_a_later_attempt_of_a_published_revision_replaces_its_own_file(store, running, now, lease):
    record = running()
    log = []
    publish(store, record, log)
    again = store.claim(record.job_id, "worker-2", now + lease, now + 2 * lease)
    assert publish(store, again, log)
    assert log == [1, 1]


def test_datasets_are_published_apart(store, running):
    one, two = running(), running(dataset_id=uuid4())
    assert publish(store, one, [])
    assert store.published_revision(two.dataset_id) is None
    assert store.published_revision(uuid4()) is None


def test_the_published_revision_can_be_written_again_while_nobody_publishes(backing, store, running):
    first, second = running(), running()
    seen = []
    store.with_published(first.dataset_id, seen.append)
    assert seen == [], "nothing is published yet"
    publish(store, first, [])
    inside, reaching, published = threading.Event(), threading.Event(), threading.Event()
    other = backing.open()

    def restore(revision: int) -> None:
        inside.set()
        assert reaching.wait(20)
        assert not published.wait(0.2)
        seen.append(revision)

    def overtake() -> bool:
        assert inside.wait(20)
        reaching.set()
        done = publish(other, second, [])
        published.set()
        return done

    with ThreadPoolExecutor(2) as pool:
        restoring = pool.submit(store.with_published, first.dataset_id, restore)
        assert pool.submit(overtake).result(20) is True
        restoring.result(20)
    other.close()
    store.with_published(first.dataset_id, seen.append)
    assert seen == [1, 2]


def test_a_durable_store_has_no_shortcomings(store):
    assert store.shortcomings() == ()
