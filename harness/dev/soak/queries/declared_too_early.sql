-- No launched order has declarations; a closed one that was archived keeps them.
select
    o.company_id,
    o.production_order_id,
    o.status
from erp.production_order as o
where
    o.status = 'launched'
    and exists (
        select
        from erp.production_declaration as d
        where d.company_id = o.company_id and d.production_order_id = o.production_order_id
    )
