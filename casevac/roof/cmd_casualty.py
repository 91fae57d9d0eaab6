"""`casevac casualty`: casualties, their triage, care, records, hand-over."""

from casevac.roof.tables import entries
from casevac.roof.tellings import group, reads
from casevac.told import record_of

casualty = group("casualty", "Casualties: triage, care, records, hand-over.", "casualties")
casualty.add_command(
    reads("record", "The whole record of a casualty, entry by entry, and its MIST.", record_of, draw=entries)
)
