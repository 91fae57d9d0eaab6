"""The command line: commands imported when called; each foreseen fault is one line and exit code 1."""

import os
from typing import IO, Any

import click

from casevac.errors import CasevacError
from casevac.roof.commands import COMMANDS, exists, load
from casevac.roof.turn import await_turn
from casevac.settings import Settings
from geo.errors import GeoError


class _Lazy(click.Group):
    """A group whose commands come from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, entry in COMMANDS.items() if exists(name) and not entry.hidden]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = load(cmd_name)
        await_turn()  # a spare has done by now what takes long, and nothing else
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> object:
        """Run; a foreseen fault becomes one line on stderr and exit code 1."""
        try:
            return super().invoke(ctx)
        except (CasevacError, GeoError) as fault:
            raise _OneLine(str(fault)) from fault
        except BrokenPipeError:
            raise  # whoever read our output has gone: click ends quietly
        except OSError as fault:  # no permission, no space, no such file: the system's words say which
            where = f": {fault.filename}" if fault.filename else ""
            raise _OneLine(f"{fault.strerror or fault}{where}.") from fault


class _OneLine(click.ClickException):
    """A fault as the user sees it."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"casevac: {' '.join(self.message.split())}", err=True, file=file)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="casevac")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Live casualty evacuation: trackers, roads and the rescue chain on one map."""
    ctx.obj = Settings.from_env(os.environ)
