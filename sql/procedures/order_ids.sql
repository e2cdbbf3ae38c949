-- Gives the ids of orders that a client knows by year, number and lot, so that one statement can name and release them.
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
create or replace function erp_api.order_ids(p_company_id integer, p_orders text[])
returns table (ordinal integer, order_label text, order_id bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    c_form constant text := '^[0-9]{1,10}/[0-9]{1,10}(/[0-9]{1,10})?$';
    v_wrong record;
begin
    perform erp_internal.assert_member(p_company_id);
    perform erp_internal.assert_list('p_orders', 'orders', p_orders);
    select a.ordinal, a.order_label
    into v_wrong
    from unnest(p_orders) with ordinality as a (order_label, ordinal)
    where
        case
            when a.order_label ~ c_form then 2147483647 < any (string_to_array(a.order_label, '/')::bigint [])
            else true
        end
    order by a.ordinal
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = format('Element %s of p_orders names no order: %s.', v_wrong.ordinal,
                coalesce(quote_literal(v_wrong.order_label), 'null')),
            hint = 'Write year/number or year/number/lot, such as 2026/126 or 2026/126/1.';
    end if;

    return query
    select a.ordinal::integer as ordinal, a.order_label, o.production_order_id as order_id
    from (
        select a.order_label, a.ordinal, string_to_array(a.order_label, '/')::integer [] as part
        from unnest(p_orders) with ordinality as a (order_label, ordinal)
        offset 0
    ) as a
    left join lateral (
        select o.production_order_id
        from erp.production_order as o
        where
            o.company_id = p_company_id and o.order_year = a.part[1] and o.order_number = a.part[2]
            and o.order_lot = coalesce(a.part[3], 0)
        offset 0
    ) as o on true
    order by a.ordinal;
end;
$$;

comment on function erp_api.order_ids is
'Gives the ids of orders named by year, number and lot, in the order of the call, so that a client that knows numbers
only makes one round trip: release_production_orders(1, array(select coalesce(order_id, 0) from erp_api.order_ids(1,
array[''2026/126'', ''2026/24/1'']) order by ordinal)). It locks and changes nothing.
p_orders: up to 200,000 texts year/number or year/number/lot; without lot, lot 0.
Returns a row per element, twice where it is named twice: order_label as passed; order_id null where there is no such
order, and 0, which no order has, is then answered with order_not_found. Errors: 22023 bad call, PR004 unknown company
or no membership.';
