-- What stands against the restore of an order whatever the stock (R32, R33, R18), one row per obstacle.
-- A wrong status is the only obstacle of its order.
create or replace view erp_internal.restore_obstacle as
select
    o.company_id,
    o.production_order_id,
    case o.status when 'closed' then 'order_closed' else 'order_not_executive' end as code
from erp.production_order as o
where o.status <> 'executive'
union all
select
    o.company_id,
    o.production_order_id,
    'declarations_exist' as code
from erp.production_order as o
where
    o.status = 'executive'
    and exists (
        select
        from erp.production_declaration as d
        where d.company_id = o.company_id and d.production_order_id = o.production_order_id
    )
union all
select
    o.company_id,
    o.production_order_id,
    'period_closed' as code
from erp.production_order as o
inner join erp.production_parameter as p on p.company_id = o.company_id
where
    o.status = 'executive'
    and exists (
        select
        from erp.stock_record as r
        where
            r.company_id = o.company_id and r.production_order_id = o.production_order_id
            and r.run_id = o.release_run_id
            and not r.record_date between p.period_start and p.period_end
    );
