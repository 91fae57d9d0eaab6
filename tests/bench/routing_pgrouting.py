"""pgRouting on a private PostgreSQL of its own, with the edges of a network in a table as in its manual."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import psycopg2
from psycopg2.extras import execute_values

from casevac.errors import PartFailed
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from tests.bench.routing_graphs import CLOSED, Ints, Net
from tests.bench.routing_timing import Missing
from tests.ports import next_free

INSTALL = "run 'make bench-routing', which installs it, or 'apt-get install postgresql-15-pgrouting'"
EDGES = "SELECT id, source, target, cost, reverse_cost FROM edges"


class PgRouting:
    """A table of edges (2e forward, 2e + 1 backward); a negative cost shuts a direction."""

    name = "pgrouting"

    def __init__(self, url: str, net: Net) -> None:
        self._net = net
        self._db = psycopg2.connect(url)
        with self._db, self._db.cursor() as cursor:
            try:
                cursor.execute("CREATE EXTENSION pgrouting CASCADE")
            except psycopg2.errors.FeatureNotSupported as fault:
                raise Missing(f"pgRouting is not installed: {INSTALL}") from fault
            except psycopg2.errors.UndefinedFile as fault:
                raise Missing(f"pgRouting is not installed: {INSTALL}") from fault
            cursor.execute("SELECT pgr_version()")
            (self.version,) = cursor.fetchone() or ("",)
            cursor.execute(
                "CREATE TABLE edges (id integer PRIMARY KEY, source integer, target integer, "
                "cost double precision, reverse_cost double precision)"
            )
            cursor.copy_expert("COPY edges FROM STDIN", _rows(net))
        self._db.autocommit = True
        with self._db.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE edges")
        self._db.autocommit = False

    def after(self, edges: list[tuple[int, float, float]], source: int, targets: list[int]) -> list[int]:
        """Change edges (id, cost, reverse_cost), commit, then ask for one to many."""
        self.put(edges)
        with self._db, self._db.cursor() as cursor:
            cursor.execute(
                "SELECT end_vid, agg_cost FROM pgr_dijkstraCost(%s, %s, %s, directed => true)",
                (EDGES, source, targets),
            )
            found = dict(cursor.fetchall())
        if source in targets:  # from a node to itself it has no row
            found[source] = 0
        return [round(found.get(each, CLOSED)) for each in targets]

    def put(self, edges: list[tuple[int, float, float]]) -> None:
        """Change edges and commit."""
        with self._db, self._db.cursor() as cursor:
            execute_values(
                cursor,
                "UPDATE edges SET cost = new.cost, reverse_cost = new.reverse_cost "
                "FROM (VALUES %s) AS new (id, cost, reverse_cost) WHERE edges.id = new.id",
                edges,
                page_size=len(edges),
            )

    def rows(self, arcs: Ints, weight: Ints) -> list[tuple[int, float, float]]:
        """Edges as they stand when these arcs have these weights."""
        now = dict(zip(arcs.tolist(), weight.tolist(), strict=True))
        known = self._net.weight
        return [
            (edge, *(_cost(now.get(arc, int(known[arc]))) for arc in (2 * edge, 2 * edge + 1)))
            for edge in np.unique(arcs // 2).tolist()
        ]  # type: ignore[misc]  # two costs

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()


def _cost(weight: int) -> float:
    return -1.0 if weight >= CLOSED else float(weight)


def _rows(net: Net) -> io.BytesIO:
    """The table as COPY reads it."""
    costs = np.where(net.weight >= CLOSED, -1, net.weight)
    edge = np.arange(net.arcs // 2)
    columns = np.column_stack((edge, net.tail[0::2], net.head[0::2], costs[0::2], costs[1::2]))
    text = io.BytesIO()
    np.savetxt(text, columns, fmt="%d", delimiter="\t")
    text.seek(0)
    return text


@contextmanager
def opened(net: Net) -> Iterator[PgRouting]:
    """pgRouting with the network, on a cluster in a temporary home; raises Missing."""
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as directory, ExitStack() as stack:
        home = Home(Path(directory) / "home")
        home.prepare()
        cluster = Cluster(home, next_free(15432))
        try:
            stack.enter_context(alone(cluster))
        except PartFailed as fault:
            raise Missing(f"PostgreSQL does not start for pgRouting: {fault}") from fault
        engine = PgRouting(cluster.url(), net)
        stack.callback(engine.close)
        yield engine
