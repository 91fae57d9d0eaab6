"""What a device was told, as lines that a crew reads: a task, a recall, a notice; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]


def task_lines(task: Told | None) -> list[str]:
    """A task with its legs, or a recall with its reason; one line where there is nothing to do."""
    if not task:
        return ["No task."]
    if task.get("recalled"):
        why = f": {task['reason']}" if task.get("reason") else ""
        return [f"TASK {task.get('task', '?')} IS TAKEN BACK{why}"]
    whom = ", ".join(f"{one['casualty']} ({one['category']})" for one in task.get("casualties", ()))
    head = f"TASK {task.get('task', '?')} of {task.get('mission', '?')} ({task.get('kind', '?')})"
    what = [f"  {text}" for text in (task.get("what"), whom) if text]
    return [head, *what, *(f"  {n}. {_leg(leg)}" for n, leg in enumerate(task.get("legs", ()), 1))]


def _leg(leg: Told) -> str:
    start, end = leg["from"], leg["to"]
    place = f"{end['lon']:.5f},{end['lat']:.5f}"
    due = f"due {_clock(leg['arrive_p50_at'])}, at the latest likely {_clock(leg['arrive_p90_at'])}"
    purpose = str(leg["purpose"]).replace("_", " ")
    return f"{purpose}: {start['name']} to {end['name']} ({place}), {leg['metres'] / 1000:.1f} km, {due}"


def notice_lines(notice: Told | None) -> list[str]:
    """Warnings, answers to questions and whoever is on the way, a line each."""
    return list(_notice(notice)) if notice else ["No notice."]


def _notice(notice: Told) -> Iterator[str]:
    for one in notice.get("warned", ()):
        answered = "answered" if one.get("answered") else "answer if ready"
        many = "number not known" if one.get("how_many") is None else f"{one['how_many']} casualties"
        yield f"MAKE READY for {one['request']}: {one.get('what') or 'not known what'}, {many} ({answered})"
    for one in notice.get("answers", ()):
        about = f"{one['question']} on {one['casualty']}"
        yield f"ANSWER to {about}: {one['asked']} - {one['answer']} ({one['by']})"
    for one in notice.get("casualties", ()):
        when = "has arrived" if one.get("arrived") else f"due {_clock(one.get('arrive_p50_at'))}"
        yield f"COMING {one['casualty']} ({one['category']}) by {one['carried_by'] or 'nobody yet'}, {when}"


def _clock(at: object) -> str:
    """Hours and minutes of an instant as JSON has it."""
    return f"{str(at)[11:16]}Z" if at else "not known when"
