"""Deployment: a database is brought to this release, asked for its state, or taken back."""

from rilascio.deployment.bundle import Bundle, Migration, Source
from rilascio.deployment.operations import deploy, mark, plan, status
from rilascio.deployment.partitions import PartitionReport, partition
from rilascio.deployment.plan import Change, DeploymentPlan, PlannedStep, PlannedTransaction
from rilascio.deployment.repairs import Difference
from rilascio.deployment.reports import DeployReport, LastDeployment, Lost, RevertPlan, RevertReport, StatusReport
from rilascio.deployment.reverting import plan_revert, revert
from rilascio.deployment.script import script

__all__ = [
    "Bundle",
    "Change",
    "DeployReport",
    "DeploymentPlan",
    "Difference",
    "LastDeployment",
    "Lost",
    "Migration",
    "PartitionReport",
    "PlannedStep",
    "PlannedTransaction",
    "RevertPlan",
    "RevertReport",
    "Source",
    "StatusReport",
    "deploy",
    "mark",
    "partition",
    "plan",
    "plan_revert",
    "revert",
    "script",
    "status",
]
