"""The names that all of deployment shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

ADVISORY_LOCK = int.from_bytes(b"rilascio")
"""Key of the session advisory lock (8244239758681925999): the ASCII bytes of the product's name."""

MINIMUM_SERVER_VERSION = 150000

STATEMENT_TIMEOUT = "5s"
"""How long a statement waits for a lock, if nothing else is said."""

DEPLOY_TIMEOUT = "60s"
"""How long a deployment tries to get the locks that it needs, if nothing else is said."""

VERSION_VIEW = "view erp_internal.deployed_version"
"""What calls read first and a deployment replaces first: see `rilascio.deployment.version_lock`."""

OWNER = "erp_owner"

VIEW_OWNER = "erp_view"

ROLES = {
    OWNER: "rilascio: owns every object of the product; nobody logs in as this role.",
    VIEW_OWNER: "rilascio: owns the views, which read under row level security; nobody logs in as this role.",
    "erp_operator": "rilascio: calls every function of erp_api, and reads its views.",
    "erp_releaser": "rilascio: releases, declares and registers through erp_api, and reads its views.",
    "erp_writer": "rilascio: puts data and posts stock through erp_api, and reads its views.",
    "erp_reader": "rilascio: reads the views of erp_api.",
    "erp_archivist": "rilascio: hands out old history of its companies and removes it, and nothing else.",
    "erp_monitor": "rilascio: asks for status, integrity and locks, of every company, and nothing else.",
}

SOURCE_FOLDERS = {
    "procedures/internal": "internal",
    "triggers": "triggers",
    "views/data": "views/data",
    "views/internal": "views/internal",
    "views": "views",
    "procedures": "procedures",
}
"""The folders of `sql/` in the order in which their files are applied, and how `-- requires:` calls them.

The files of `procedures/internal` lie in rooms, folders of any name."""

Progress = Callable[[str], None]
Connection = psycopg.Connection[Any]


def silent(_: str) -> None:
    """Tell nobody of progress."""
