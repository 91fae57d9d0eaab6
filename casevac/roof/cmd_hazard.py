"""`casevac hazard`: Closures, weather, threats."""

from casevac.roof.tellings import group

hazard = group("hazard", "Closures, weather, threats.", "hazards")
