"""The script that would spread a deployed database over a Citus cluster by its companies, made from the catalog."""

from __future__ import annotations

from itertools import groupby

from rilascio.deployment.session import connected, scalar
from rilascio.errors import HarnessError
from rilascio.queries import read_query
from rilascio.version import installed_release

REFERENCE_TABLES = ("company", "company_member")
"""The tables that calls read across companies, to tell who is a member of which: every node has them whole."""

_HEAD = """\
-- rilascio {release}: what spreads the tables of {database} over a Citus cluster, company by company.
-- NOT RUN ON CITUS. Written from the catalog, and from what Citus documents and its sources say. It is where to begin,
-- and no way to go live: its end says what does not work as it is.
--
-- Before it: create extension citus, add the workers, and run rilascio deploy, so that types, functions and views come
-- to all nodes. Run it with psql, as a superuser, while nobody works.
\\set ON_ERROR_STOP on
"""

_PARTS = {
    "owners": """\
-- Citus connects to the nodes as the owner of a table. The role has no password: let the nodes in by pg_hba.conf.""",
    "numbers": """\
-- Citus takes identity columns of type bigint only. New companies are made at the coordinator.""",
    "policies": """\
-- Citus takes no subqueries in policies. Without them the functions are called for each row, which is slower.""",
    "foreign keys": """\
-- Citus takes no ON UPDATE CASCADE in a key with the distribution column. A code of which orders have a copy can no
-- longer be changed (23503).""",
    "tables": """\
-- What calls read across companies is on every node; all else lies by company, together. Citus takes triggers only
-- where it is told to, and does not warrant what they do.
set citus.enable_unsafe_triggers = on;""",
    "functions": """\
-- A call goes whole to the node of its company, within a transaction too, and may touch no other node.""",
}

_END = """\
-- What does not work as it is:
-- 1. Calls write the rows that they have looked up by their place (ctid), and triggers go by the rows that were
--    changed. All of these are of one company, but nothing less than a company_id compared with a value tells Citus
--    which node has them.
-- 2. A trigger that reads tables is a query within a query on a shard, which Citus refuses outside a delegated call;
--    a deferred one fires when that call has ended.
-- 3. Views are read as the role that selects, not as their owner: grids fail with "permission denied" unless that role
--    may select from the tables. Policies would still show it its own companies alone, but in all columns.
-- 4. What changes company or company_member changes every node: at the coordinator, in a transaction by itself.
-- 5. Each node numbers ids and the turns of the feed itself, with its own number in the upper 16 bits. Read the feed of
--    a company to its end before it moves to another node.
-- 6. erp_api.list_companies, and views without a filter by company, ask all nodes.
-- 7. rilascio status reports what this changes as changed by hand; look through a migration before you deploy it.
"""


def citus_sql(dsn: str) -> str:
    """Return the script for psql that would distribute the tables and functions of a deployed database. Reads only."""
    with connected(dsn) as connection:
        if not scalar(connection, "select to_regclass('erp.company') is not null"):
            raise HarnessError(
                "The database holds no rilascio.", "Deploy it first, or name the database of a shard: rilascio deploy."
            )
        rows = connection.execute(
            read_query(__file__, "citus"), {"reference_tables": list(REFERENCE_TABLES)}
        ).fetchall()
        head = _HEAD.format(release=installed_release(), database=connection.info.dbname)
    parts = [
        "\n".join([_PARTS[part], *(statement for _, statement in statements), ""])
        for part, statements in groupby(rows, key=lambda row: row[0])
    ]
    return "\n".join([head, *parts, _END])
