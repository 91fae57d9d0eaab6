"""Positions as ATAK tells them, with everything that it tells beside, for benches."""

from datetime import datetime, timedelta

from tracker.dialects.cot import Cot, Node


def position(device: int, at: datetime, lon: float, lat: float) -> Cot:
    """A position as ATAK tells it, with everything that it tells beside."""
    detail = [
        Node("takv", {"device": "S21", "platform": "ATAK-CIV", "os": "34", "version": "5.2.0.4"}),
        Node("contact", {"endpoint": "*:-1:stcp", "callsign": f"MEDIC {device}"}),
        Node("uid", {"Droid": f"MEDIC {device}"}),
        Node("precisionlocation", {"altsrc": "GPS", "geopointsrc": "GPS"}),
        Node("__group", {"role": "Medic", "name": "Cyan"}),
        Node("status", {"battery": "71"}),
        Node("track", {"course": "184.2", "speed": "1.4"}),
    ]
    return Cot(
        uid=f"ANDROID-{device:016x}", type="a-f-G-U-C", how="m-g", time=at, start=at,
        stale=at + timedelta(minutes=6), lat=round(lat, 7), lon=round(lon, 7), hae=597.4, ce=4.7,
        detail=detail,
    )  # fmt: skip
