"""Deployments among the calls: somebody changes a routine or a privilege by hand, and a deployment mends it."""

from __future__ import annotations

from random import Random
from time import monotonic, sleep

import psycopg

from harness.dev.soak.tally import Tally
from rilascio.deployment import deploy
from rilascio.errors import HarnessError

KIND = "deployment"

_DRIFTS = (
    "alter function erp_api.release_production_orders set work_mem = '1MB'",
    "alter function erp_internal.write_records set enable_nestloop = on",
    "revoke select on erp_api.restore_grid from erp_reader",
    "comment on view erp_api.run_history is 'Changed by hand.'",
)

_PAUSE = 1.0
"""Seconds between two deployments, on average."""


class Deployer:
    """A DBA who deploys again and again while people work."""

    def __init__(self, dsn: str, name: str) -> None:
        self.dsn = dsn
        self.random = Random(name)
        self.tally = Tally()

    def run(self, until: float) -> None:
        """Deploy until that moment of the monotonic clock."""
        while monotonic() < until:
            try:
                with psycopg.connect(self.dsn, application_name="rilascio soak", autocommit=True) as connection:
                    connection.execute(self.random.choice(_DRIFTS).encode())
                report = deploy(self.dsn)
            except (HarnessError, psycopg.Error) as error:
                self.tally.endings[KIND, "failed"] += 1
                self.tally.defects.append(f"A deployment failed: {str(error).splitlines()[0]}")
            else:
                self.tally.endings[KIND, "committed"] += 1
                self.tally.outcomes[KIND, "mended" if report.changed else "nothing to do"] += 1
            sleep(self.random.uniform(0, 2 * _PAUSE))
