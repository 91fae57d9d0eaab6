"""Settings: defaults, every variable, and words for every bad one."""

import os
from pathlib import Path

import pytest

from casevac.errors import BadSetting
from casevac.settings import Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({"HOME": "/home/ann"})
    expected = "/var/lib/casevac" if os.geteuid() == 0 else "/home/ann/.local/share/casevac"
    assert settings == Settings(home=Path(expected))
    assert (settings.http_port, settings.mqtt_port, settings.database_url, settings.mission) == (
        8080,
        1883,
        None,
        None,
    )


def test_every_variable_is_read() -> None:
    settings = Settings.from_env(
        {
            "CASEVAC_HOME": "/srv/c",
            "CASEVAC_DATABASE_URL": "postgresql://u:p@db.example:5433/x",
            "CASEVAC_MQTT_URL": "mqtts://u:p@mq.example",
            "CASEVAC_HTTP_PORT": "8090",
            "CASEVAC_MQTT_PORT": "1999",
            "CASEVAC_DATABASE_PORT": "5999",
            "CASEVAC_MISSION": "demo",
            "CASEVAC_LOG_LEVEL": "DEBUG",
            "CASEVAC_INGEST": "3",
            "CASEVAC_RECEIVER": "paho",
            "CASEVAC_LAN": "1",
            "CASEVAC_HTTPS_PORT": "9443",
            "CASEVAC_MQTTS_PORT": "9883",
            "CASEVAC_NAMES": "field.example 10.0.0.7",
            "CASEVAC_PLAIN": "mqtt=10.0.0.7",
        }
    )
    assert settings == Settings(
        home=Path("/srv/c"),
        database_url="postgresql://u:p@db.example:5433/x",
        mqtt_url="mqtts://u:p@mq.example",
        http_port=8090,
        mqtt_port=1999,
        database_port=5999,
        mission="demo",
        log_level="debug",
        ingest=3,
        receiver="paho",
        lan=True,
        https_port=9443,
        mqtts_port=9883,
        names=("field.example", "10.0.0.7"),
        plain=("mqtt=10.0.0.7",),
    )


def test_a_database_of_several_hosts_is_left_to_postgresql() -> None:
    several = "postgresql://u:p@one:5432,two:5433/x"
    assert Settings.from_env({"HOME": "/home/ann", "CASEVAC_DATABASE_URL": several}).database_url == several


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CASEVAC_HTTP_PORT", "0"),
        ("CASEVAC_HTTP_PORT", "65536"),
        ("CASEVAC_HTTP_PORT", "http"),
        ("CASEVAC_HTTP_PORT", "-1"),
        ("CASEVAC_MQTT_PORT", "١٢"),
        ("CASEVAC_DATABASE_PORT", "70000"),
        ("CASEVAC_HTTPS_PORT", "0"),
        ("CASEVAC_MQTTS_PORT", "x"),
        ("CASEVAC_LAN", "perhaps"),
        ("CASEVAC_MISSION", "war"),
        ("CASEVAC_INGEST", "0"),
        ("CASEVAC_INGEST", "5"),
        ("CASEVAC_RECEIVER", "gmqtt"),
        ("CASEVAC_LOG_LEVEL", "loud"),
        ("CASEVAC_DATABASE_URL", "mysql://x"),
        ("CASEVAC_DATABASE_URL", "postgresql://[x"),
        ("CASEVAC_MQTT_URL", "http://x"),
        ("CASEVAC_MQTT_URL", "mqtt://u:p@127.0.0.1:65536"),
        ("CASEVAC_MQTT_URL", "mqtt://u:p@127.0.0.1:99999999999999999999"),
        ("CASEVAC_MQTT_URL", "mqtt://u:p@127.0.0.1:0"),
        ("CASEVAC_MQTT_URL", "mqtt://u:p@127.0.0.1:mqtt"),
        ("CASEVAC_DATABASE_URL", "postgresql://u:p@127.0.0.1:65536/x"),
        ("CASEVAC_HOME", "/a\nb"),
    ],
)
def test_a_bad_value_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        Settings.from_env({"HOME": "/home/ann", name: value})
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)
