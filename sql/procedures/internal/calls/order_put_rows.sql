-- Returns what a put of orders answers for each document, in the order of the call: the stored row, or, where there is
-- none, that the order is unchanged. The id of such an order is looked up, and is null if there is none.
create or replace function erp_internal.order_put_rows(
    p_company_id integer, p_run_id bigint, p_documents erp_internal.production_order_row[]
)
returns table (
    ordinal integer, order_id bigint, order_year integer, order_number integer, order_lot integer, outcome text,
    run_id bigint, reasons jsonb
)
language sql
stable
begin atomic
    select
        d.ordinal,
        coalesce(r.production_order_id, o.production_order_id) as order_id,
        d.order_year,
        d.order_number,
        d.order_lot,
        coalesce(r.outcome, 'unchanged') as outcome,
        p_run_id as run_id,
        coalesce(r.reasons, '[]') as reasons
    from unnest(p_documents) as d
    left join lateral (
        select r.*
        from erp.run_order as r
        where r.company_id = p_company_id and r.run_id = p_run_id and r.ordinal = d.ordinal
        offset 0
    ) as r on true
    left join lateral (
        select o.production_order_id
        from erp.production_order as o
        where
            o.company_id = p_company_id and o.order_year = d.order_year and o.order_number = d.order_number
            and o.order_lot = d.order_lot and r.ordinal is null
        offset 0
    ) as o on true
    order by d.ordinal;
end;
