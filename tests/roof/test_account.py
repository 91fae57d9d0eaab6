"""`casevac account` on a store of the test's own."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from casevac.access import AccountRole, Person
from casevac.errors import BadSetting, NotPossible, Unknown
from casevac.roof.cmd_account import account
from casevac.roof.home import Home
from casevac.settings import Settings
from casevac.store import accounts, sessions
from casevac.store.connection import connect

PASSWORD = "green lamp 42"


@pytest.fixture
def settings(home: Home, database_url: str) -> Settings:
    return Settings(home=home.path, database_url=database_url)


def call(settings: Settings, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(account, words, obj=settings, input=typed)


def who(settings: Settings, name: str, password: str) -> Person | None:
    db = connect(settings.database_url or "")
    try:
        with db:
            return accounts.verified(db, name, password)
    finally:
        db.close()


def test_a_password_is_asked_for_twice_and_not_shown(settings: Settings) -> None:
    done = call(settings, "add", "Amina", "--role", "watch-keeper", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert "amina may log in as watch-keeper." in done.output
    assert "first account" in done.output
    assert PASSWORD not in done.output
    assert who(settings, "amina", PASSWORD) == Person("amina", AccountRole.WATCH_KEEPER)


def test_two_different_words_are_asked_for_again(settings: Settings) -> None:
    typed = f"{PASSWORD}\nanother thing\n{PASSWORD}\n{PASSWORD}\n"
    assert call(settings, "add", "amina", "--role", "viewer", typed=typed).exit_code == 0
    assert who(settings, "amina", PASSWORD) is not None


def test_a_random_password_is_shown_once_and_fits(settings: Settings) -> None:
    done = call(settings, "add", "amina", "--role", "coordinator", "--generate")
    password = re.search(r"password (\S+)", done.output)
    assert password
    assert who(settings, "amina", password[1]) == Person("amina", AccountRole.COORDINATOR)
    assert "first account" not in call(settings, "add", "musa", "--role", "viewer", "--generate").output


def test_a_password_comes_from_a_file_or_standard_input(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{PASSWORD}\nsecond line\n")
    file = str(tmp_path / "secret")
    assert call(settings, "add", "amina", "--role", "medic", "--password-file", file).exit_code == 0
    assert who(settings, "amina", PASSWORD) is not None
    done = call(settings, "password", "amina", "--password-file", "-", typed="blue lantern 7\n")
    assert done.exit_code == 0, done.output
    assert who(settings, "amina", PASSWORD) is None
    assert who(settings, "amina", "blue lantern 7") is not None
    assert isinstance(
        call(settings, "password", "amina", "--generate", "--password-file", file).exception, BadSetting
    )


def test_accounts_are_listed_closed_opened_and_given_another_role(settings: Settings) -> None:
    call(settings, "add", "amina", "--role", "medic", typed=f"{PASSWORD}\n{PASSWORD}\n")
    db = connect(settings.database_url or "")
    with db:
        token = sessions.digest_of(sessions.begin(db, "amina"))
    assert call(settings, "close", "amina").exit_code == 0
    assert sessions.standing(db, token).person is None
    db.close()
    (row,) = json.loads(call(settings, "list", "--json").output)
    assert (row["name"], row["role"]) == ("amina", "medic")
    assert row["closed_at"]
    assert who(settings, "amina", PASSWORD) is None
    assert call(settings, "reopen", "amina").exit_code == 0
    assert call(settings, "role", "amina", "watch-keeper").exit_code == 0
    assert who(settings, "amina", PASSWORD) == Person("amina", AccountRole.WATCH_KEEPER)
    shown = call(settings, "list").output
    assert "watch-keeper" in shown
    assert "argon2" not in shown


def test_what_cannot_be_is_one_line(settings: Settings) -> None:
    good = f"{PASSWORD}\n{PASSWORD}\n"
    call(settings, "add", "amina", "--role", "medic", typed=good)
    assert isinstance(call(settings, "add", "amina", "--role", "medic", typed=good).exception, NotPossible)
    assert isinstance(call(settings, "close", "nobody").exception, Unknown)
    assert isinstance(call(settings, "add", "b@d", "--role", "medic", typed=good).exception, BadSetting)
    short = call(settings, "add", "musa", "--role", "medic", typed="short\nshort\n").exception
    assert isinstance(short, BadSetting)
    assert call(settings, "add", "musa", "--role", "admiral").exit_code == 2
    assert call(settings, "add", "musa").exit_code == 2


def test_every_command_tells_json_and_takes_either_spelling_of_a_role(settings: Settings) -> None:
    def told(*words: str, typed: str | None = None) -> dict[str, str | None]:
        done = call(settings, *words, "--json", typed=typed)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    made = told("add", "amina", "--role", "watch_keeper", "--generate")
    assert (made["name"], made["role"], made["closed_at"]) == ("amina", "watch-keeper", None)
    assert who(settings, "amina", made["password"] or "") == Person("amina", AccountRole.WATCH_KEEPER)
    assert told("add", "musa", "--role", "medic", typed=f"{PASSWORD}\n{PASSWORD}\n")["password"] is None
    renewed = told("password", "amina", "--generate")["password"] or ""
    assert who(settings, "amina", renewed) is not None
    assert told("role", "musa", "Watch_Keeper")["role"] == "watch-keeper"
    assert told("close", "musa")["closed_at"]
    assert told("reopen", "musa")["closed_at"] is None
    roles = {one["role"] for one in json.loads(call(settings, "list", "--json").stdout)}
    assert roles == {"watch-keeper"}
    assert "watch-keeper" in call(settings, "add", "--help").stdout
