-- Returns the cells of a warehouse that are below zero on a day or a later one, as they would be checked (R15-R17): by
-- location or, with p_check_location off, by warehouse, where a blocked location counts alone. Each with its first such
-- day. Lots are never below zero.
create or replace function erp_internal.negative_cells(
    p_company_id integer, p_warehouse_id bigint, p_check_location boolean, p_from date
)
returns table (item_id bigint, item_variant_id bigint, location_id bigint, record_date date, balance numeric)
language sql
stable
begin atomic
    select distinct on (c.item_id, c.item_variant_id, c.location_id)
        c.item_id,
        c.item_variant_id,
        c.location_id,
        c.record_date,
        c.balance
    from (
        select
            d.*,
            pg_catalog.sum(d.quantity) over (
                partition by d.item_id, d.item_variant_id, d.location_id
                order by d.record_date
            ) as balance
        from (
            select
                m.item_id,
                m.item_variant_id,
                case when p_check_location or l.blocked then coalesce(m.location_id, 0) else -1 end as location_id,
                greatest(m.record_date, p_from) as record_date,
                pg_catalog.sum(m.quantity) as quantity
            from erp.stock_movement as m
            inner join erp.item as i on i.company_id = m.company_id and i.item_id = m.item_id
            left join erp.location as l on l.company_id = m.company_id and l.location_id = m.location_id
            where m.company_id = p_company_id and m.warehouse_id = p_warehouse_id and i.tracking <> 'lot'
            group by
                m.item_id,
                m.item_variant_id,
                case when p_check_location or l.blocked then coalesce(m.location_id, 0) else -1 end,
                greatest(m.record_date, p_from)
        ) as d
    ) as c
    where c.balance < 0
    order by c.item_id, c.item_variant_id, c.location_id, c.record_date;
end;
