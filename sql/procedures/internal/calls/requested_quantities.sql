-- Returns how much a call is to release of its orders (R77): of each for which p_quantities, as long as p_order_ids,
-- has a number, that number once. Of the others it is to release all; mostly that is all orders.
-- The length of a number is bounded: a few bytes may stand for 130,000 digits, which reasons and the history of runs
-- would show.
-- Errors: 22023 if the array is no plain list, or of another length, if an order has two quantities, or a number is too
-- long.
create or replace function erp_internal.requested_quantities(p_order_ids bigint[], p_quantities numeric[])
returns erp_internal.requested_quantity[]
language plpgsql
immutable
as $$
declare
    c_longest constant integer := 1000;
    v_order_id bigint;
    v_length integer;
begin
    if p_quantities is null then
        return array[]::erp_internal.requested_quantity [];
    end if;

    perform erp_internal.assert_list('p_quantities', 'quantities', p_quantities);
    if pg_catalog.cardinality(p_quantities) <> pg_catalog.cardinality(p_order_ids) then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('p_quantities has %s elements, and p_order_ids has %s.',
                pg_catalog.cardinality(p_quantities), pg_catalog.cardinality(p_order_ids)),
            hint = 'Pass a quantity for each order, null for all of it.';
    end if;

    select pg_catalog.max(pg_catalog.length(q.quantity::text))
    into v_length
    from unnest(p_quantities) as q (quantity);
    if v_length > c_longest then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('p_quantities has a number of %s characters; it takes at most %s.',
                v_length, c_longest),
            hint = 'Round it to the decimals of the item.';
    end if;

    select q.order_id
    into v_order_id
    from unnest(p_order_ids, p_quantities) as q (order_id, quantity)
    group by q.order_id
    having
        pg_catalog.count(q.quantity) not in (0, pg_catalog.count(*))
        or pg_catalog.min(q.quantity) <> pg_catalog.max(q.quantity)
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('p_quantities has different quantities for order id %s.', v_order_id),
            hint = 'Name each order once.';
    end if;

    return array(
        select r::erp_internal.requested_quantity
        from (
            select q.order_id as production_order_id, pg_catalog.min(q.quantity) as quantity
            from unnest(p_order_ids, p_quantities) as q (order_id, quantity)
            where q.quantity is not null
            group by q.order_id
        ) as r
    );
end;
$$;
