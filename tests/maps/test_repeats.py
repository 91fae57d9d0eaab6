"""Lines of a log that come again and again."""

from maps.repeats import OTHERS, Repeats


class Told:
    """A log, and a clock that is set."""

    def __init__(self, most: int = 100) -> None:
        self.lines: list[str] = []
        self.now = 0.0
        self.repeats = Repeats(self.lines.append, every_s=60.0, most=most, clock=lambda: self.now)


def test_a_line_is_told_at_once_and_then_one_a_minute_with_a_count() -> None:
    told = Told()
    for second in range(180):
        told.now = float(second)
        told.repeats.tell("refused")
    assert told.lines == ["refused", "refused (59 more times)", "refused (60 more times)"]
    told.repeats.flush(everything=True)
    assert told.lines[-1] == "refused (60 more times)"
    assert len(told.lines) == 4


def test_a_count_is_told_when_nothing_comes_after_it_and_then_the_line_is_new() -> None:
    told = Told()
    for _ in range(3):
        told.repeats.tell("refused")
    for minute in (1, 2, 3):
        told.now = minute * 60.0
        told.repeats.flush()
    assert told.lines == ["refused", "refused (2 more times)"]
    told.repeats.tell("refused")
    assert told.lines[-1] == "refused"


def test_different_lines_are_apart_and_bounded_too() -> None:
    told = Told(most=2)
    for n in range(1000):
        told.repeats.tell(f"refused {n}")
    assert told.lines == ["refused 0", "refused 1", OTHERS]
