-- The feed from its beginning: here it holds the first load. A program that follows it keeps the last place it has read.
select place, run_id, kind from erp_api.next_runs(1);

-- What follows. A run has its place after a call that saw it committed, so the next call shows it.
select place, run_id, kind from erp_api.next_runs(1, p_after => 1, p_limit => 100);

-- What the runs of a page moved and took back.
select r.place, r.kind, m.removal_run_id is not distinct from r.run_id as removed, m.warehouse_code, count(*) as movements
from erp_api.next_runs(1, p_limit => 100) as r
inner join erp_api.movement_history as m on m.company_id = 1 and r.run_id in (m.run_id, m.removal_run_id)
group by r.place, r.kind, removed, m.warehouse_code
order by r.place, removed, movements desc, m.warehouse_code
limit 5;
