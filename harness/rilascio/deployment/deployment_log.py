"""What deployments write down of themselves, in the schema `erp_meta`."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rilascio.deployment import catalog
from rilascio.deployment.bundle import Source
from rilascio.deployment.common import Connection
from rilascio.deployment.session import scalar
from rilascio.deployment.statements import Statement
from rilascio.queries import read_query, with_found
from rilascio.version import installed_release

CREATE_LOG = Statement(read_query(__file__, "create_log"))
"""Make the schema and its tables."""

DRAW_NUMBER = Statement(b"select nextval(pg_get_serial_sequence('erp_meta.deployment', 'deployment_id'))")
"""Draw the number of a deployment, for the session. Those that come to nothing leave gaps."""


def next_deployment(connection: Connection) -> int:
    """Return a number for a deployment."""
    return int(scalar(connection, DRAW_NUMBER.query.decode()))


def keep_texts(sources: Iterable[Source]) -> Statement:
    """Keep the texts of sources, those that are not kept yet."""
    texts = {source.checksum: source.text for source in sources}
    return Statement(
        b"""insert into erp_meta.source (checksum, text)
select * from unnest(%(checksums)s::text[], %(texts)s::text[])
on conflict on constraint source_pkey do nothing""",
        {"checksums": list(texts), "texts": list(texts.values())},
    )


def log_deployment(
    kind: str, migrations: Iterable[str], sources: dict[str, str], strays: Iterable[str] = ()
) -> Statement:
    """Write down a deployment or a way back under the number that the session has drawn. `strays` are the routines,
    views and triggers that no source makes. It answers with the fingerprint that was written down."""
    return Statement(
        with_found(read_query(__file__, "log_deployment"), catalog.FINGERPRINT),
        {
            **catalog.FINGERPRINT_SCHEMAS,
            "kind": kind,
            "release": installed_release(),
            "migrations": list(migrations),
            "sources": json.dumps(sources, sort_keys=True),
            "strays": sorted(strays),
        },
    )
