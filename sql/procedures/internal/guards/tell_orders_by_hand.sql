-- Trigger function: an order that is made, changed or deleted by hand, for maintenance too, stands in the feed as an
-- answer of a run of kind hand (R76). Its argument is what became of the orders: created, changed or deleted.
-- Fires last of a statement's triggers, when all of its locks are held.
create or replace function erp_internal.tell_orders_by_hand()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_company_id integer;
    v_run_id bigint;
begin
    if erp_internal.write_mode() = 'run' then
        return null;
    end if;
    for v_company_id in select distinct a.company_id from affected_rows as a order by a.company_id loop
        v_run_id := erp_internal.hand_run(v_company_id);
        insert into erp.run_order (
            company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot, outcome,
            record_count, movement_count, reasons
        )
        select
            v_company_id, v_run_id,
            coalesce(
                (
                    select max(r.ordinal)
                    from erp.run_order as r
                    where r.company_id = v_company_id and r.run_id = v_run_id
                ),
                0
            ) + row_number() over (order by a.production_order_id),
            a.production_order_id, a.order_year, a.order_number, a.order_lot, tg_argv[0], 0, 0, '[]'
        from affected_rows as a
        where a.company_id = v_company_id;
    end loop;
    return null;
end;
$$;
