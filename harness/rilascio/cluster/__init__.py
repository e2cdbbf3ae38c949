"""A cluster: companies on several databases, the shards, behind a proxy database with the same `erp_api`.

Each call runs at the shard of its company, as the role that calls: PL/Proxy logs in there as it, so the shard decides
who may do what, as it does for whoever comes without a proxy. The proxy knows only which company lies where
(`erp_cluster`); its functions are made from the catalog of the shards, never from a list.
"""

from rilascio.cluster.citus import citus_sql
from rilascio.cluster.moving import move_company, plan_move, remove_copy, undo_move
from rilascio.cluster.operations import add, deploy, init, refresh, status
from rilascio.cluster.reports import MovedTable, MoveReport, RefreshReport, ShardStatus

__all__ = [
    "MoveReport",
    "MovedTable",
    "RefreshReport",
    "ShardStatus",
    "add",
    "citus_sql",
    "deploy",
    "init",
    "move_company",
    "plan_move",
    "refresh",
    "remove_copy",
    "status",
    "undo_move",
]
