"""Where the data that come with the software lie: the clone's data/, or the copy inside the wheel."""

from pathlib import Path

_HERE = Path(__file__).parent


def shipped(name: str) -> Path:
    """The path of a shipped data file or folder, as `profiles.json` or `demo`."""
    inside_wheel = _HERE / "_data"
    return (inside_wheel if inside_wheel.is_dir() else _HERE.parent / "data") / name
