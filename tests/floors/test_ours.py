"""The four packages are ours: their names exist on PyPI too."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["casevac", "geo", "tracker", "maps"])
def test_the_imported_package_is_this_project_s(name: str) -> None:
    module = importlib.import_module(name)
    assert Path(str(module.__file__)).is_relative_to(ROOT)
