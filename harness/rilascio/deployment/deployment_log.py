"""What deployments write down of themselves, in the schema `erp_meta`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from rilascio.deployment import tables
from rilascio.deployment.bundle import checksum_of
from rilascio.deployment.common import Connection
from rilascio.deployment.session import scalar
from rilascio.queries import read_query


def create_log(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(read_query(__file__, "create_log"))
        tables.create_expected_object(connection)


def log_deployment(
    connection: Connection,
    kind: str,
    migrations: Iterable[str],
    sources: dict[str, str],
    fingerprint: dict[str, str],
    number: int | None = None,
) -> None:
    connection.execute(
        """
        insert into erp_meta.deployment
        (deployment_id, kind, release, migrations, sources, source_checksum, catalog, catalog_checksum)
        overriding system value
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            number or next_deployment(connection),
            kind,
            installed_release(),
            list(migrations),
            *_with_checksum(sources),
            *_with_checksum(fingerprint),
        ],
    )


def next_deployment(connection: Connection) -> int:
    """Return a number for a deployment. Those that come to nothing leave gaps."""
    sequence = "pg_get_serial_sequence('erp_meta.deployment', 'deployment_id')"
    return int(scalar(connection, f"select nextval({sequence})"))


def _with_checksum(checksums: dict[str, str]) -> tuple[str, str]:
    text = json.dumps(checksums, sort_keys=True)
    return text, checksum_of(text)


def installed_release() -> str:
    try:
        return version("rilascio")
    except PackageNotFoundError:
        return "unknown"
