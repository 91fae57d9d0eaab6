"""`casevac ingest` with another receiver: python -m tests.bench.ingest_with {gmqtt|gmqtt-hooked|paho}

Everything else is the product's: the pile, the writer, the store, the receipts.
"""

import os
import sys

from casevac.roof.doors import opened
from casevac.roof.parts_run import run_part
from casevac.settings import Settings
from tests.bench.gmqtt_receiver import GmqttReceiver, HookedReceiver
from tracker.ingest import Ingest, Making
from tracker.receiving import PahoReceiver

RECEIVERS: dict[str, Making] = {"gmqtt": GmqttReceiver, "gmqtt-hooked": HookedReceiver, "paho": PahoReceiver}

if __name__ == "__main__":
    settings = opened(Settings.from_env(os.environ), "casevac-ingest")
    ingest = Ingest(settings.database_url or "", settings.mqtt_url or "", receiver=RECEIVERS[sys.argv[1]])
    run_part(settings, "ingest", ingest)
