"""`rilascio cluster`: companies on several databases behind a proxy."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from rilascio import cluster as operations
from rilascio.commands.cluster_move import move
from rilascio.commands.options import dsn_option, proxy_option, report_format_option, required
from rilascio.help_texts import Group
from rilascio.language import counted
from rilascio.output import print_table, remark

NOT_CURRENT = 3
"""Exit code of `rilascio cluster status` unless every shard is current."""


@click.group(cls=Group)
def cluster() -> None:
    """Spread companies over several databases, behind a proxy with the same functions and views.

    Each call goes to the shard of its company, and is a transaction there by itself. It runs as the role that calls,
    which is made at every shard; who may log in there, and how, is for pg_hba.conf of the shard to say. The proxy's
    server needs PL/Proxy and postgres_fdw, the shards need nothing.

    \b
    Examples:
      rilascio cluster init --dsn postgresql://postgres@proxy/factory
      rilascio cluster add north postgresql://north.example/factory --dsn postgresql://postgres@proxy/factory
      rilascio cluster status --dsn postgresql://postgres@proxy/factory
    """


@cluster.command()
@proxy_option
def init(dsn: str | None) -> None:
    """Make a proxy of an empty database. The caller must be a superuser; doing it again changes nothing.

    \b
    Example:
      rilascio cluster init --dsn postgresql://postgres@proxy/factory
    """
    made = operations.init(required(dsn))
    click.echo("The proxy is made. Add shards: rilascio cluster add." if made else "It is a proxy already.")


@cluster.command()
@click.argument("shard", metavar="SHARD")
@click.argument("address", metavar="ADDRESS")
@proxy_option
def add(shard: str, address: str, dsn: str | None) -> None:
    """Add a deployed database as SHARD; ADDRESS is how the proxy's server reaches it, without a user.

    Its companies come into the directory, and roles that are missing there, or at the proxy, are made, without
    passwords. It numbers its next companies in a range of its own. Doing it again takes in what is new.

    \b
    Example:
      rilascio cluster add north postgresql://north.example/factory --dsn postgresql://postgres@proxy/factory
    """
    _print_refresh(operations.add(required(dsn), shard, address))


@cluster.command()
@proxy_option
def refresh(dsn: str | None) -> None:
    """Take in the companies, roles, functions and views that are new at the shards.

    To be run after a company was loaded at a shard, or a role was made.

    \b
    Example:
      rilascio cluster refresh --dsn postgresql://postgres@proxy/factory
    """
    _print_refresh(operations.refresh(required(dsn)))


@cluster.command()
@click.option(
    "--lock-timeout",
    default="60s",
    show_default=True,
    metavar="TIME",
    help="How long to try, at each shard, for locks that others hold.",
)
@proxy_option
def deploy(lock_timeout: str, dsn: str | None) -> None:
    """Bring the shards up to this release, one after the other, and then the proxy, while clients work.

    It stops at a shard that fails; those before it stay deployed, and calls go on at all of them. Run it again.

    \b
    Example:
      rilascio cluster deploy --dsn postgresql://postgres@proxy/factory
    """
    _print_refresh(operations.deploy(required(dsn), lock_timeout=lock_timeout, progress=remark))


@cluster.command()
@report_format_option
@proxy_option
@click.pass_context
def status(context: click.Context, output_format: str, dsn: str | None) -> None:
    """Say of each shard what is deployed there, and in what it differs from the proxy.

    Exits with 0 if all are current, else with 3. What rilascio check and doctor find they find through the proxy too.

    \b
    Example:
      rilascio cluster status --dsn postgresql://postgres@proxy/factory
    """
    shards = operations.status(required(dsn))
    if output_format == "json":
        click.echo(json.dumps([asdict(shard) for shard in shards], indent=1, ensure_ascii=False))
    elif not shards:
        click.echo("The proxy has no shards.")
    else:
        print_table(("shard", "state", "companies"), [(one.shard, one.state, one.companies) for one in shards])
        for one in shards:
            for text in one.remarks:
                click.echo(f"{one.shard}: {text}")
    context.exit(0 if all(one.current for one in shards) else NOT_CURRENT)


@cluster.command("citus-sql")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to write it to.")
@dsn_option("A deployed database.")
def citus_sql(output: Path | None, dsn: str | None) -> None:
    """Write the SQL that would spread a deployed database over a Citus cluster. Changes nothing.

    An alternative to the proxy for those who want to try it: it was not run on Citus. The script is made from the
    catalog: what goes to every node, what is distributed by company, which functions go to the node of their company,
    what is changed for it, and, in its comments, what does not work as it is.

    \b
    Examples:
      rilascio cluster citus-sql --dsn postgresql://postgres@host/factory
      rilascio cluster citus-sql --output citus.sql --dsn postgresql://postgres@host/factory
    """
    text = operations.citus_sql(required(dsn))
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output}: {counted(text.count(chr(10)), 'line')} for psql.")


cluster.add_command(move)


def _print_refresh(report: operations.RefreshReport) -> None:
    for shard, companies in report.companies.items():
        click.echo(f"Shard {shard}: taken into the directory: {', '.join(map(str, companies))}.")
    if report.roles:
        click.echo("Roles made, without passwords:")
        for role in report.roles:
            click.echo(f"  {role}")
    click.echo(f"The proxy has {report.functions} functions and {report.views} views.")
