"""Deployment: a database is brought to this release, asked for its state, or taken back."""

from rilascio.deployment.bundle import Bundle, Migration, Source
from rilascio.deployment.operations import deploy, mark, revert, status
from rilascio.deployment.repairs import Difference
from rilascio.deployment.reports import DeployReport, LastDeployment, RevertReport, StatusReport

__all__ = [
    "Bundle",
    "DeployReport",
    "Difference",
    "LastDeployment",
    "Migration",
    "RevertReport",
    "Source",
    "StatusReport",
    "deploy",
    "mark",
    "revert",
    "status",
]
