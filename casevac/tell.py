"""The form of a check: a view and a body in, the events to store out, or a fault in words."""

from collections.abc import Callable
from typing import Any

from casevac.events import AnyBody, Body
from casevac.ids import Mint
from casevac.view import View

Check = Callable[[View, Any, Mint], tuple[AnyBody, ...]]
Checks = dict[type[Body], Check]
