"""A store with a small exercise in it, and the door to it."""

from collections.abc import Iterator

import pytest

from casevac.roof.home import Home
from tests.maps.door import Door, serving
from tests.maps.mission import Story, begin


@pytest.fixture
def story(database_url: str, home: Home) -> Story:
    """A small exercise in a store of its own."""
    return begin(database_url, home.path)


@pytest.fixture
def door(story: Story) -> Iterator[Door]:
    """The server of the exercise."""
    with serving(story) as opened:
        yield opened
