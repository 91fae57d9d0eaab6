"""Who may write and read which topics at the private broker, as Mosquitto's access rules."""

from collections.abc import Collection, Mapping

from casevac.settings import MOST_INGESTS
from tracker.lanes import OTHERS, client_ids

# Each session of ingest is a user, for the user name is the client id here; they share the first's secret.
SESSIONS = client_ids(MOST_INGESTS)
# These may read and write every topic of ours.
HOUSE_USERS = (*SESSIONS, "casevac-tasking", "casevac-tool", "casevac-check")
WATCH = "casevac-watch"  # may read the broker's own figures, nothing else
PROBE = "casevac-probe"  # may do nothing but connect
WRITES, READS = "write", "read"
Spoken = Mapping[str, Mapping[str, Collection[str]]]
"""Device -> `write` and `read` -> the topics of its dialect, where that is not ours."""

_USUAL = (
    "".join(f"user {user}\ntopic readwrite casevac/v1/#\n" for user in HOUSE_USERS)
    + "".join(f"user {user}\ntopic read #\n" for user in SESSIONS if OTHERS in user)
    + f"user {WATCH}\ntopic read $SYS/#\n\n"
    + "".join(f"pattern write casevac/v1/%u/{leaf}\n" for leaf in ("report", "event", "status", "batch"))
    + "".join(f"pattern read casevac/v1/%u/{leaf}\n" for leaf in ("task", "notice", "receipt"))
)


def rules(barred: Collection[str], spoken: Spoken) -> str:
    """The text of the rules: who was cut off may do nothing; a device's own come before those for all."""
    text = "".join(f"user {name}\ntopic deny casevac/v1/{name}/#\n" for name in sorted(barred))
    for name in sorted(set(spoken) - set(barred)):
        lines = [f"topic {does} {one}\n" for does in (WRITES, READS) for one in spoken[name].get(does, ())]
        text += f"user {name}\n" + "".join(lines)
    return text + _USUAL
