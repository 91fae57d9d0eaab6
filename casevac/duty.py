"""Words of duty: who was warned, what was approved, reserved, asked and ordered."""

from datetime import datetime

import msgspec

from casevac.events import (
    AnswerOrdered,
    AssetAnswered,
    AssetWarned,
    BedReleased,
    BedReserved,
    CancelOrdered,
    DivertOrdered,
    HazardLifted,
    HazardReported,
    LaunchApproved,
    LaunchDenied,
    OrderSettled,
    QuestionAnswered,
    QuestionAsked,
)
from casevac.stamp import Said


class Warned(msgspec.Struct, frozen=True):
    """An asset warned of a request, and its last answer."""

    request: str
    asset: str
    warned: Said[AssetWarned] | None = None  # the first warning
    answered: Said[AssetAnswered] | None = None


class Launch(msgspec.Struct, frozen=True):
    """What authorities said on the launch of a chain, in the order of time.

    Under the id of a request: what was approved for whatever chain would answer it.
    """

    chain: str
    words: tuple[Said[LaunchApproved | LaunchDenied], ...] = ()


class Reservation(msgspec.Struct, frozen=True):
    """A bed kept for a casualty."""

    id: str
    reserved: Said[BedReserved] | None = None
    released: Said[BedReleased] | None = None


class Hazard(msgspec.Struct, frozen=True):
    """Something that stands in the way until it is lifted or its time is over.

    `author` told it last, `lifter` lifted it last.
    """

    id: str
    reported: Said[HazardReported] | None = None
    lifted: Said[HazardLifted] | None = None
    author: str = ""
    lifter: str = ""

    @property
    def over(self) -> bool:
        """True when it was lifted after it was last reported."""
        return self.lifted is not None and (
            self.reported is None or self.lifted.stamp[0] >= self.reported.stamp[0]
        )

    def holds(self, now: datetime) -> bool:
        """True when it is known, was not lifted since, has begun, and its time is not over."""
        return self.stands(now) and not self.coming(now)

    def coming(self, now: datetime) -> bool:
        """True when it is known, was not lifted, and begins later."""
        since = None if self.reported is None else self.reported.value.since
        return self.stands(now) and since is not None and since > now

    def stands(self, now: datetime) -> bool:
        """True when it is known, was not lifted since, and its time is not over: it holds or is to come."""
        if self.reported is None or self.over:
            return False
        until = self.reported.value.until
        return until is None or until > now


class Question(msgspec.Struct, frozen=True):
    """A question to a specialist, and the first answer."""

    id: str
    asked: Said[QuestionAsked] | None = None
    answer: Said[QuestionAnswered] | None = None
    device: str = ""  # that asked; the answer goes to it


class Order(msgspec.Struct, frozen=True):
    """What a coordinator ordered without a screen, and how it was settled."""

    id: str
    ordered: Said[AnswerOrdered | DivertOrdered | CancelOrdered] | None = None
    settled: Said[OrderSettled] | None = None
