"""The directory of one installation: where each thing lies, and its secrets."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from casevac.roof.files import locked, make_directory, read_json, write_json

SECRET_BYTES = 16  # 128 bits: no dictionary reaches them, so cheap hashes are enough


@dataclass(frozen=True)
class Home:
    """Paths under CASEVAC_HOME; `prepare` makes the directories, all private to their owner."""

    path: Path

    @property
    def run(self) -> Path:
        """State of the running parts; worthless after a reboot."""
        return self.path / "run"

    @property
    def log(self) -> Path:
        """One log file a part."""
        return self.path / "log"

    @property
    def cluster(self) -> Path:
        """The private PostgreSQL cluster."""
        return self.path / "postgres"

    @property
    def broker(self) -> Path:
        """Configuration and memory of the private broker."""
        return self.path / "broker"

    @property
    def parts(self) -> Path:
        """The state file of the supervisor."""
        return self.run / "parts.json"

    @property
    def lock(self) -> Path:
        """Held by the one supervisor of this home for as long as it lives."""
        return self.path / "lock"

    def ready_file(self, name: str) -> Path:
        """The file that part `name` touches every second while it is at work."""
        return self.run / f"{name}.ready"

    def figures_file(self, number: int) -> Path:
        """The file in which process `number` of ingest tells its figures every second."""
        return self.run / f"ingest-{number}.json"

    @property
    def cot_figures(self) -> Path:
        """The file in which the door of TAK clients tells its figures every second."""
        return self.run / "cot.json"

    @property
    def cot_episodes(self) -> Path:
        """Which emergencies of TAK clients last, for the door's next start."""
        return self.run / "cot-episodes.json"

    def log_file(self, name: str) -> Path:
        """The log of part `name`."""
        return self.log / f"{name}.log"

    def prepare(self) -> None:
        """Make the directories; raises PartFailed when the home cannot be used."""
        for directory in (self.path, self.run, self.log):
            make_directory(directory)

    def secret(self, name: str) -> str:
        """The secret called `name`, made on first use and kept in secrets.json (mode 0600)."""
        place = self.path / "secrets.json"
        with locked(self.path / ".secrets.lock"):
            kept = read_json(place)
            if name not in kept:
                kept[name] = secrets.token_urlsafe(SECRET_BYTES)
                write_json(place, kept)
            return str(kept[name])
