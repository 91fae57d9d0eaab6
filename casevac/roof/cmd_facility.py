"""`casevac facility`: Facilities: board, reservations, inbound casualties."""

from casevac.roof.boards import board
from casevac.roof.tellings import group, reads
from casevac.told import board_json

facility = group("facility", "Facilities: board, reservations, inbound casualties.", "facilities")
facility.add_command(
    reads("board", "A facility's figures, who is there, who is on the way and when.", board_json, draw=board)
)
