-- Returns an order by its id.
create or replace function erp_internal.order_by_id(p_company_id integer, p_order_id bigint)
returns table (
    production_order_id bigint,
    order_year integer,
    order_number integer,
    order_lot integer,
    status text,
    item_id bigint,
    item_variant_id bigint,
    quantity numeric,
    quantity_before numeric,
    produced_quantity numeric,
    level integer,
    job_order_id bigint,
    project text,
    load_warehouse_id bigint,
    load_movement_reason_id bigint,
    release_run_id bigint,
    short_close_run_id bigint
)
language sql
stable
rows 1
begin atomic
    select
        o.production_order_id,
        o.order_year,
        o.order_number,
        o.order_lot,
        o.status,
        o.item_id,
        o.item_variant_id,
        o.quantity,
        o.quantity_before,
        o.produced_quantity,
        o.level,
        o.job_order_id,
        o.project,
        o.load_warehouse_id,
        o.load_movement_reason_id,
        o.release_run_id,
        o.short_close_run_id
    from erp.production_order as o
    where o.company_id = p_company_id and o.production_order_id = p_order_id
    offset 0;
end;
