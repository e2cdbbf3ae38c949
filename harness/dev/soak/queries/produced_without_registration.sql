-- An order has produced nothing unless a registration in force counted something.
select
    o.company_id,
    o.production_order_id,
    o.produced_quantity
from erp.production_order as o
where
    o.produced_quantity <> 0
    and not exists (
        select
        from erp.production_declaration as d
        where
            d.company_id = o.company_id and d.production_order_id = o.production_order_id
            and d.registration_run_id is not null and d.produced_quantity > 0
    )
