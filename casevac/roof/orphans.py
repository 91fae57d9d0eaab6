"""What a killed supervisor left behind, found by where and as what it runs, and ended."""

import signal

from casevac.roof import ours
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.roof.postgres import Cluster
from casevac.roof.process import end, found

_PATIENCE_S = 10.0


def end_orphans(home: Home) -> bool:
    """End every process that runs without the supervisor of `home`; True when there were any.

    Our own parts first, then the servers they write to, so that nothing of theirs is cut off.
    """
    left = found(ours.marked(home))
    end(left, signal.SIGTERM, _PATIENCE_S)
    servers = [Broker(home).end_orphans(), Cluster(home).end_orphans()]
    return bool(left) or any(servers)
