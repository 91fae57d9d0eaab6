"""`casevac ca`: the authority whose certificate devices and browsers are given."""

import json
from pathlib import Path

import click

from casevac.roof.ca import Authority
from casevac.roof.home import Home
from casevac.settings import Settings


@click.group()
def ca() -> None:
    """The certificate authority of this installation."""


@ca.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def show(settings: Settings, file: Path | None, as_json: bool) -> None:
    """Print where the authority's certificate lies, its fingerprint, and itself (PEM), or write it to FILE.

    Example: casevac ca show ca.pem
    """
    home = Home(settings.home)
    home.prepare()
    authority = Authority(home)
    path, fingerprint = authority.path, authority.fingerprint()
    pem = path.read_text(encoding="ascii")
    if as_json:
        click.echo(json.dumps({"path": str(path), "fingerprint": fingerprint, "pem": pem}))
        return
    click.echo(f"path         {path}\nfingerprint  SHA-256 {fingerprint}", err=True)
    if file is None:
        click.echo(pem, nl=False)
    else:
        file.write_text(pem, encoding="ascii")
