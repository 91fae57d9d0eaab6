"""`casevac request`: alerts, 9-lines, METHANE, options, warnings."""

import click

from casevac.roof.cmd_plan import options_command
from casevac.roof.tellings import group, reads
from casevac.told import FORMS, text_of

FORM = click.Option(["--form"], type=click.Choice(FORMS), default=FORMS[0], show_default=True)

request = group("request", "Requests for evacuation: alert, 9-line, METHANE, options, warn.", "requests")
request.add_command(options_command("options"))
request.add_command(
    reads("text", "The 9-line or METHANE of a request as read on the radio.", text_of, FORM, words="text")
)
