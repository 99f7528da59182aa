"""Duties: one process at a time does them, and the next one goes on where it stopped."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta


def test_a_duty_is_held_by_one(store, now, lease):
    assert store.hold_duty("mail", "a", now, now + lease)
    assert not store.hold_duty("mail", "b", now, now + lease)
    assert store.hold_duty("mail", "a", now, now + 2 * lease), "whoever has it may prolong it"
    assert not store.hold_duty("mail", "b", now + lease, now + 3 * lease)
    assert store.hold_duty("mail", "b", now + 2 * lease, now + 3 * lease)
    assert not store.hold_duty("mail", "a", now + 2 * lease, now + 3 * lease)


def test_a_duty_can_be_given_up(store, now, lease):
    assert store.hold_duty("mail", "a", now, now + lease)
    assert store.hold_duty("mail", "a", now, now)
    assert store.hold_duty("mail", "b", now, now + lease)


def test_duties_are_apart(store, now, lease):
    assert store.hold_duty("mail", "a", now, now + lease)
    assert store.hold_duty("sweep", "b", now, now + lease)
    assert store.set_duty_cursor("mail", "a", 7)
    assert store.duty_cursor("sweep") is None


def test_a_cursor_is_written_by_whoever_has_the_duty(store, now, lease):
    assert store.duty_cursor("mail") is None
    assert not store.set_duty_cursor("mail", "a", 1), "nobody has it yet"
    store.hold_duty("mail", "a", now, now + lease)
    assert store.duty_cursor("mail") is None
    assert store.set_duty_cursor("mail", "a", 0)
    assert store.duty_cursor("mail") == 0
    assert store.set_duty_cursor("mail", "a", 12)
    store.hold_duty("mail", "b", now + lease, now + 2 * lease)
    assert store.duty_cursor("mail") == 12, "the next one goes on from there"
    assert not store.set_duty_cursor("mail", "a", 99)
    assert store.set_duty_cursor("mail", "b", 13)
    assert store.duty_cursor("mail") == 13


def test_of_many_who_want_a_duty_one_gets_it(store, now, lease):
    gate = threading.Barrier(8)

    def take(owner: str) -> bool:
        gate.wait()
        return store.hold_duty("mail", owner, now, now + lease)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, "abcdefgh")) == 1


def test_a_duty_outlives_the_handle(backing, store, now, lease):
    store.hold_duty("mail", "a", now, now + lease)
    store.set_duty_cursor("mail", "a", 5)
    other = backing.open()
    assert other.duty_cursor("mail") == 5
    assert not other.hold_duty("mail", "b", now + lease - timedelta(microseconds=1), now + 2 * lease)
    other.close()
