-- Returns the days between which all stock records in force of orders lie, null bounds where there are none. A call
-- that asks often asks this first: in a table that is partitioned by the day, records without a day are looked for in
-- every partition, and records between these days in theirs alone.
-- Precondition: what is to be found again is protected by a lock, as the records of runs by that of their orders.
create or replace function erp_internal.days_of_orders(p_company_id integer, p_order_ids bigint[])
returns daterange
language plpgsql
stable
as $$
begin
    return (
        select pg_catalog.daterange(pg_catalog.min(r.record_date), pg_catalog.max(r.record_date), '[]')
        from unnest(p_order_ids) as a (production_order_id)
        cross join lateral erp_internal.records_of_order(p_company_id, a.production_order_id) as r
    );
end;
$$;
