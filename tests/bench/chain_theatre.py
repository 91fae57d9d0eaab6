"""The tables of one facility in the world: who is on them, who waits."""

NEVER = float("inf")


class Theatre:
    """`busy`: until when each table is taken at first; inf where there is none."""

    def __init__(self, busy: list[float]) -> None:
        self.until = list(busy)  # what is true
        self.planned = list(busy)  # what was planned when the case began: all that is known outside
        self.waiting: dict[int, tuple[int, float]] = {}  # who: category, ready (s)

    def next(self, now: float) -> int | None:
        """Who is taken now: the most urgent of the ready, then who was ready first, then the smallest."""
        if not any(until <= now for until in self.until):
            return None
        ready = [(category, at, who) for who, (category, at) in self.waiting.items() if at <= now]
        return min(ready)[2] if ready else None

    def take(self, who: int, now: float, until: float, planned: float) -> float:
        """A free table is taken until then; when who had been ready."""
        table = next(i for i, free in enumerate(self.until) if free <= now)
        self.until[table], self.planned[table] = until, planned
        return self.waiting.pop(who)[1]

    def close(self) -> list[int]:
        """No table any more; who waited."""
        self.until = [NEVER] * len(self.until)
        self.planned = list(self.until)
        left = list(self.waiting)
        self.waiting.clear()
        return left
