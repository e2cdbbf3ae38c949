-- The columns have another order since, and one is gone.
create or replace view erp_internal.phase_role as
select
    f.company_id,
    f.production_order_id,
    f.phase,
    f.sub_phase,
    f.movable as may_move,
    f.movable,
    f.productive and pg_catalog.count(*) filter (where f.productive) over last_first = 1 as last_productive,
    f.productive and f.movable
    and pg_catalog.count(*) filter (where f.productive and f.movable) over last_first = 1 as producing,
    coalesce(
        f.machine_site_id,
        pg_catalog.first_value(case when f.productive and f.movable then f.machine_site_id end) over producing_first
    ) as machine_site_id
from erp.production_order_phase as f
window
    last_first as (
        partition by f.company_id, f.production_order_id
        order by f.phase desc, f.sub_phase desc
    ),
    producing_first as (
        partition by f.company_id, f.production_order_id
        order by f.productive and f.movable desc, f.phase desc, f.sub_phase desc
    );
