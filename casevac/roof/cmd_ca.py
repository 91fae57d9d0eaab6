"""`casevac ca`: the authority whose certificate devices and browsers are given."""

import json

import click

from casevac.roof.ca import Authority
from casevac.roof.home import Home
from casevac.settings import Settings


@click.group()
def ca() -> None:
    """The certificate authority of this installation."""


@ca.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def show(settings: Settings, as_json: bool) -> None:
    """Print the authority's certificate (PEM), where it lies and its fingerprint to standard error.

    Example: casevac ca show > ca.pem
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
    click.echo(pem, nl=False)
