-- Reads the orders of a call that is to make records of a day, in the order of the call. The refusal of an unknown
-- order, of one that is not launched, or of a quantity that cannot be released of it (R77), is its only reason (section
-- 7 of the rules).
-- p_quantities: how much is to be released of an order of which not all is. Whether one may be split (nothing picked,
-- declared or produced, and an order lot left for the rest; R24) is looked up only where it may have to be.
create or replace function erp_internal.read_orders(
    p_company_id integer,
    p_order_ids bigint[],
    p_record_date date,
    p_split boolean,
    p_quantities erp_internal.requested_quantity[] default '{}'
)
returns setof erp_internal.requested_order
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    select
        a.ordinal::integer,
        a.production_order_id,
        null::bigint as production_declaration_id,
        p_record_date as record_date,
        o.order_year,
        o.order_number,
        o.order_lot,
        coalesce(q.quantity, o.quantity) as quantity,
        o.quantity as whole_quantity,
        i.quantity_decimals,
        (p_split or coalesce(q.quantity, o.quantity) < o.quantity)
        and o.produced_quantity = 0
        and not exists (
            select
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.production_order_id = o.production_order_id
        )
        and not exists (
            select
            from erp.production_order_material as m
            where
                m.company_id = p_company_id and m.production_order_id = o.production_order_id
                and m.picked_quantity > 0
        )
        and erp_internal.order_lot_is_free(
            p_company_id, o.order_year, o.order_number, p_order_ids, a.ordinal
        ) as splittable,
        null::text as lot_code,
        case
            when o.production_order_id is null then 'order_not_found'
            when o.status <> 'launched' then 'order_not_launched'
            when
                q.quantity <= 0 or q.quantity > o.quantity
                or (q.quantity < o.quantity and q.quantity <> pg_catalog.trunc(q.quantity, i.quantity_decimals))
                then 'quantity_not_possible'
        end as refusal
    from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
    left join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o on true
    left join lateral erp_internal.item_by_id(p_company_id, o.item_id) as i on true
    left join unnest(p_quantities) as q on q.production_order_id = a.production_order_id
    order by a.ordinal;
end;
$$;
