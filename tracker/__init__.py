"""The field door: trackers over MQTT."""
