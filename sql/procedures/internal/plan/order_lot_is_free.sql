-- Tells whether a year and number has an order lot left for the remainder of the order at p_ordinal of p_order_ids
-- (R24): the highest lot plus 1, and one more for each other order of that number that comes earlier in the call, which
-- may be split as well.
create or replace function erp_internal.order_lot_is_free(
    p_company_id integer, p_order_year integer, p_order_number integer, p_order_ids bigint[], p_ordinal bigint
)
returns boolean
language sql
stable
return (
    select
        n.order_lot <= 2147483647 - case
            when n.order_lot <= 2147483647 - pg_catalog.cardinality(p_order_ids) then 1
            else (
                select pg_catalog.count(*)
                from erp.production_order as o
                where
                    o.company_id = p_company_id and o.order_year = p_order_year and o.order_number = p_order_number
                    and pg_catalog.array_position(p_order_ids, o.production_order_id) <= p_ordinal
            )
        end
    from erp.production_order as n
    where n.company_id = p_company_id and n.order_year = p_order_year and n.order_number = p_order_number
    order by n.order_lot desc
    limit 1
);
