"""Accounts, sessions and failed logins in a real store."""

from collections.abc import Iterator

import argon2
import pytest

from casevac.access import AccountRole, Person
from casevac.errors import BadSetting, NotPossible, TooManyAttempts, Unknown
from casevac.store import accounts, attempts, sessions
from casevac.store.connection import Connection, connect

PASSWORD = "green lamp 42"
AMINA = Person("amina", AccountRole.MEDIC)


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    found = connect(database_url)
    yield found
    found.close()


@pytest.fixture
def amina(db: Connection) -> Person:
    with db:
        accounts.add(db, "Amina", AccountRole.MEDIC, PASSWORD)
    return AMINA


def one(db: Connection, sql: str) -> object:
    with db, db.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None


def later(db: Connection, table: str, seconds: float) -> None:
    """Make every instant of a table so much older."""
    columns = {"sessions": ("begun_at", "ends_at", "used_at"), "login_failures": ("last_at",)}[table]
    moved = ", ".join(f"{name} = {name} - interval '{seconds} seconds'" for name in columns)
    with db, db.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {moved}")


def test_a_password_is_kept_as_argon2id_and_fits_in_any_spelling(db: Connection, amina: Person) -> None:
    assert str(one(db, "SELECT password FROM accounts")).startswith("$argon2id$")
    assert accounts.verified(db, " AMINA ", PASSWORD) == amina
    with db:
        accounts.renew(db, "amina", "café au lait")
    assert accounts.verified(db, "amina", "cafe\u0301 au lait") == amina
    assert accounts.verified(db, "amina", PASSWORD) is None


@pytest.mark.parametrize("name", ["nobody", "", "a\x00b", "\ud800", "amina'--", "x" * 80])
def test_a_name_that_nobody_has_fits_no_password(db: Connection, amina: Person, name: str) -> None:
    assert accounts.verified(db, name, PASSWORD) is None
    assert not accounts.is_known(db, name)


@pytest.mark.parametrize("password", ["", "x" * 1000, "\x00", "\ud800", "green lamp 43"])
def test_a_wrong_password_fits_nobody(db: Connection, amina: Person, password: str) -> None:
    assert accounts.verified(db, "amina", password) is None


@pytest.mark.parametrize("name", ["", "a", "1st", "a b", "a/b", "watch-keeper", "casevac", "é" * 3, "x" * 41])
def test_names_follow_a_rule(db: Connection, name: str) -> None:
    with pytest.raises(BadSetting, match="account name"):
        accounts.add(db, name, AccountRole.VIEWER, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "amina12345"])
def test_passwords_follow_a_rule(db: Connection, password: str) -> None:
    with pytest.raises(BadSetting, match="password"):
        accounts.add(db, "amina", AccountRole.VIEWER, password)


def test_generated_passwords_are_good_and_differ() -> None:
    made = {accounts.generated() for _ in range(200)}
    assert len(made) == 200
    for one_of_them in made:
        accounts.check_password("amina", one_of_them)


def test_a_name_is_given_once(db: Connection, amina: Person) -> None:
    with pytest.raises(NotPossible, match="there already"):
        accounts.add(db, "amina", AccountRole.COORDINATOR, PASSWORD)
    assert accounts.verified(db, "amina", PASSWORD) == amina


def test_a_hash_of_other_figures_is_renewed_at_the_login(db: Connection, amina: Person) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with db, db.cursor() as cursor:
        cursor.execute("UPDATE accounts SET password = %s", (weak,))
    with db:
        assert accounts.verified(db, "amina", PASSWORD) == amina
    renewed = one(db, "SELECT password FROM accounts")
    assert renewed != weak
    assert accounts.verified(db, "amina", PASSWORD) == amina
    assert one(db, "SELECT password FROM accounts") == renewed


def test_a_session_is_kept_only_as_a_digest(db: Connection, amina: Person) -> None:
    with db:
        token = sessions.begin(db, "amina")
    assert len(token) >= 43  # 256 bits
    kept = bytes(one(db, "SELECT token FROM sessions"))  # type: ignore[arg-type]  # bytea
    assert kept == sessions.digest_of(token)
    assert token.encode() not in kept
    assert sessions.standing(db, kept) == (True, amina)
    assert sessions.standing(db, sessions.digest_of("another")) == (True, None)
    assert sessions.standing(db, None) == (True, None)


def test_without_accounts_the_store_says_so(db: Connection) -> None:
    assert sessions.standing(db, None) == (False, None)
    assert not accounts.there_is_one(db)


@pytest.mark.parametrize(("seconds", "holds"), [(sessions.IDLE_S - 60, True), (sessions.IDLE_S + 60, False)])
def test_a_session_ends_when_it_is_idle(db: Connection, amina: Person, seconds: float, holds: bool) -> None:
    with db:
        token = sessions.digest_of(sessions.begin(db, "amina"))
    later(db, "sessions", seconds)
    assert (sessions.standing(db, token).person is not None) == holds
    assert sessions.alive(db, [token]) == ({token} if holds else set())


def test_a_session_in_use_ends_with_the_shift(db: Connection, amina: Person) -> None:
    with db:
        token = sessions.digest_of(sessions.begin(db, "amina"))
    for _ in range(12):
        later(db, "sessions", 3600 - 1)
        with db:
            assert sessions.standing(db, token).person == amina  # and is used by that
    later(db, "sessions", 60)
    assert sessions.standing(db, token).person is None
    with db:
        sessions.begin(db, "amina")
    assert one(db, "SELECT count(*) FROM sessions") == 1  # what is over is thrown away


@pytest.mark.parametrize("end", ["close", "renew", "logout"])
def test_a_session_ends_at_once(db: Connection, amina: Person, end: str) -> None:
    with db:
        token = sessions.digest_of(sessions.begin(db, "amina"))
    with db:
        if end == "close":
            accounts.close(db, "amina")
        elif end == "renew":
            accounts.renew(db, "amina", PASSWORD + "!")
        else:
            assert sessions.end(db, token) == "amina"
    assert sessions.standing(db, token) == (True, None)
    assert sessions.alive(db, [token]) == set()


def test_a_closed_account_is_out_until_it_is_opened_again(db: Connection, amina: Person) -> None:
    with db:
        accounts.close(db, "amina")
    assert accounts.verified(db, "amina", PASSWORD) is None
    assert accounts.there_is_one(db)  # the doors go on asking
    with db:
        accounts.reopen(db, "amina")
    assert accounts.verified(db, "amina", PASSWORD) == amina


def test_another_role_holds_at_once(db: Connection, amina: Person) -> None:
    with db:
        token = sessions.digest_of(sessions.begin(db, "amina"))
        accounts.assign(db, "amina", AccountRole.VIEWER)
    assert sessions.standing(db, token).person == Person("amina", AccountRole.VIEWER)


@pytest.mark.parametrize("change", [accounts.close, accounts.reopen])
def test_an_account_that_is_not_there_is_named(db: Connection, change) -> None:
    with pytest.raises(Unknown, match="no account 'nobody'"):
        change(db, "nobody")


def fail(db: Connection, name: str = "amina", source: str = "10.0.0.1", times: int = 1) -> None:
    for _ in range(times):
        attempts.claim(db, attempts.subjects(name, source))


def test_after_five_failures_there_are_pauses_that_grow_and_outlive_a_restart(
    db: Connection, database_url: str
) -> None:
    fail(db, times=attempts.OF_ACCOUNT)
    with pytest.raises(TooManyAttempts, match="too many logins failed for this account; try again in 1 s"):
        fail(db)
    again = connect(database_url)
    with pytest.raises(TooManyAttempts):
        fail(again)
    fail(again, source="10.0.0.2")  # who comes from elsewhere is not kept out by who guesses here
    again.close()
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as fault:
            fail(db)
        waits.append(round(fault.value.wait_s))
        later(db, "login_failures", fault.value.wait_s)
        fail(db)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    fail(db, name="another")


def test_a_good_login_begins_anew_for_the_account_and_not_for_the_address(db: Connection) -> None:
    for _ in range(3 * attempts.OF_ACCOUNT):
        fail(db)
        with db:
            attempts.forgive(db, *attempts.subjects("amina", "10.0.0.1"))
    fail(db, times=4)
    fail(db, name="musa", times=4)
    with db:
        attempts.forgive(db, *attempts.subjects("amina", "10.0.0.1"))
    subject = attempts.subjects("", "10.0.0.1")[1].digest
    with db.cursor() as cursor:
        cursor.execute("SELECT failures FROM login_failures WHERE subject = %s", (subject,))
        assert cursor.fetchone() == (7,)


def test_one_address_cannot_try_name_after_name(db: Connection) -> None:
    for number in range(attempts.OF_SOURCE):
        fail(db, name=f"name{number}")
    with pytest.raises(TooManyAttempts, match="this address"):
        fail(db, name="yet-another")
    fail(db, name="yet-another", source="10.0.0.9")


def test_an_address_of_ipv6_counts_as_its_network() -> None:
    assert attempts.network_of("2001:db8:1:2:3:4:5:6") == attempts.network_of("2001:db8:1:2::9")
    assert attempts.network_of("2001:db8:1:2::9") != attempts.network_of("2001:db8:1:3::9")
    assert attempts.network_of("::ffff:10.0.0.1") == attempts.network_of("10.0.0.1") == "10.0.0.1"
    assert attempts.network_of("unknown") == "unknown"


def test_what_is_remembered_of_failures_is_bounded_and_forgotten(db: Connection) -> None:
    with db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO login_failures SELECT int4send(n), 1, clock_timestamp() - interval '1 hour'"
            " FROM generate_series(1, %s) AS n",
            (attempts.MOST + 500,),
        )
    fail(db)
    assert one(db, "SELECT count(*) FROM login_failures") == attempts.MOST
    later(db, "login_failures", attempts.FORGOTTEN_H * 3600)
    fail(db, name="musa", source="10.0.0.3")
    assert one(db, "SELECT count(*) FROM login_failures") == 2


def test_no_name_is_kept_of_a_failed_login(db: Connection) -> None:
    fail(db, name="my password typed too soon")
    assert b"password" not in bytes(one(db, "SELECT string_agg(subject, '') FROM login_failures"))
