"""The operations-centre door: HTTP, live map, replay."""
