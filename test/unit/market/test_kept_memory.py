"""What stays in memory is not searched for garbage again, and nothing that is garbage stays with it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from utils import memory


class Node:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def threshold() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_release_keeps_what_lives_and_collects_what_does_not() -> None:
    kept, lost = Node(), weakref.ref(Node())
    memory.release()
    assert lost() is None
    assert gc.get_freeze_count() > 0
    assert not any(each is kept for each in gc.get_objects())


def test_what_was_kept_and_became_garbage_goes_with_the_next_release() -> None:
    node = Node()
    memory.release()
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is not None
    memory.release()
    assert gone() is None


def test_after_a_start_garbage_is_looked_for_less_often() -> None:
    memory.keep()
    assert gc.get_threshold()[0] == memory.YOUNG
    assert gc.get_freeze_count() > 0
