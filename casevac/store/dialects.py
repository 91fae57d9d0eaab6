"""The dialects of the 9-line that come with the software, given to every mission when it opens."""

import msgspec

from casevac.dialect import Dialect
from casevac.errors import BadFile, BadSetting
from casevac.mission import Profile
from casevac.shipped import shipped


def dialects() -> dict[str, Dialect]:
    """The shipped dialects by name; raises BadFile."""
    found: dict[str, Dialect] = {}
    for path in sorted(shipped("dialects").glob("*.json")):
        try:
            one = msgspec.json.decode(path.read_bytes(), type=Dialect)
        except (OSError, msgspec.MsgspecError) as fault:
            raise BadFile(f"{path} is no dialect ({fault})") from fault
        found[one.name] = one
    return found


def with_dialects(profile: Profile) -> Profile:
    """The profile with the shipped dialects beside its own; its own win.

    So a mission keeps the letters it was opened with. Raises BadSetting for a dialect under another
    name than its own, or when the mission's `nine_line` is none of them.
    """
    wrong = [key for key, one in profile.dialects.items() if key != one.name]
    if wrong:
        raise BadSetting(f"dialect {wrong[0]!r} calls itself by another name; use one")
    known = {**dialects(), **profile.dialects}
    if profile.nine_line not in known:
        raise BadSetting(f"nine_line {profile.nine_line!r} is no dialect; known: {', '.join(sorted(known))}")
    return msgspec.structs.replace(profile, dialects=known)
