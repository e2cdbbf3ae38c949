-- Returns the reasons for the stock documents that would need a record number that the counter of their warehouse and
-- day can no longer give (R19), as erp_internal.record_number_refusals does for orders: counted in the order of the
-- call, over all that nothing but stock may refuse (p_refusals tells the others). Counters are rarely near their end,
-- so that is looked up first.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.document_number_refusals(
    p_company_id integer,
    p_documents erp_internal.requested_document[],
    p_moves erp_internal.document_move[],
    p_refusals erp_internal.refusal[]
)
returns setof erp_internal.refusal
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    c_last constant bigint := 2147483647;
begin
    return query
    with counter as materialized (
        select k.*, c.last_number
        from (select distinct m.warehouse_id, m.record_date from unnest(p_moves) as m) as k
        cross join lateral (
            select c.last_number
            from erp.stock_record_counter as c
            where
                c.company_id = p_company_id and c.warehouse_id = k.warehouse_id and c.record_date = k.record_date
            offset 0
        ) as c
        where c.last_number > c_last - pg_catalog.cardinality(p_moves)
    ),

    needed as (
        select distinct m.ordinal, m.warehouse_id, m.movement_reason_id, m.production_order_id, m.record_date
        from unnest(p_moves) as m
        left join erp_internal.refused_ordinals(p_refusals) as r on r.ordinal = m.ordinal
        where r.ordinal is null and exists (select from counter)
    ),

    counted as (
        select
            n.ordinal,
            n.warehouse_id,
            c.last_number + pg_catalog.count(*) over (
                partition by n.warehouse_id, n.record_date order by n.ordinal
            ) as record_number
        from needed as n
        inner join counter as c on c.warehouse_id = n.warehouse_id and c.record_date = n.record_date
    )

    select r.*
    from (
        select distinct c.ordinal, c.warehouse_id
        from counted as c
        where c.record_number > c_last
    ) as c
    inner join unnest(p_documents) as d on d.ordinal = c.ordinal
    cross join lateral erp_internal.refusal(
        p_ordinal => c.ordinal,
        p_code => 'record_numbers_exhausted',
        p_order_label => null,
        p_warehouse_id => c.warehouse_id,
        p_record_date => d.record_date,
        p_column_name => 'record_date',
        p_document_key => d.document_key
    ) as r;
end;
$$;
