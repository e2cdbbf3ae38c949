-- Returns the reasons for those who would need a record number that the counter of their warehouse and day can no
-- longer give (R19). Numbers are counted in the order of the call, over all that nothing but stock may refuse. Counters
-- are rarely near their end, so that is looked up first.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.record_number_refusals(
    p_company_id integer, p_orders erp_internal.requested_order[], p_demand erp_internal.material_demand[]
)
returns erp_internal.refusal[]
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    c_last constant bigint := 2147483647;
    v_counters erp_internal.record_counter [];
begin
    v_counters := array(
        select c::erp_internal.record_counter
        from erp.warehouse as w
        cross join (select distinct o.record_date from unnest(p_orders) as o) as o
        cross join lateral (
            select c.warehouse_id, c.record_date, c.last_number
            from erp.stock_record_counter as c
            where c.company_id = p_company_id and c.warehouse_id = w.warehouse_id and c.record_date = o.record_date
            offset 0
        ) as c
        -- a row makes at most a record and its counterpart
        where w.company_id = p_company_id and c.last_number > c_last - 2 * pg_catalog.cardinality(p_demand)
    );
    if v_counters = '{}' then
        return array[]::erp_internal.refusal [];
    end if;

    return array(
        with needed as (
            select distinct d.ordinal, d.record_date, s.warehouse_id, s.movement_reason_id
            from unnest(p_demand) as d
            cross join lateral (
                values
                (d.warehouse_id, d.movement_reason_id),
                (d.counterpart_warehouse_id, d.counterpart_movement_reason_id)
            ) as s (warehouse_id, movement_reason_id)
            where
                not exists (
                    select from unnest(p_demand) as r where r.ordinal = d.ordinal and r.refusals is not null
                )
        ),

        counted as (
            select
                n.ordinal,
                n.warehouse_id,
                c.last_number
                + pg_catalog.count(*) over (partition by n.warehouse_id, n.record_date order by n.ordinal)
                    as record_number
            from needed as n
            inner join unnest(v_counters) as c on c.warehouse_id = n.warehouse_id and c.record_date = n.record_date
        )

        select
            erp_internal.refusal(
                p_ordinal => o.ordinal,
                p_code => 'record_numbers_exhausted',
                p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                p_warehouse_id => c.warehouse_id,
                p_record_date => o.record_date
            )
        from (
            select distinct c.ordinal, c.warehouse_id
            from counted as c
            where c.record_number > c_last
        ) as c
        inner join unnest(p_orders) as o on o.ordinal = c.ordinal
    );
end;
$$;
