-- Trigger function: what is changed of stock by hand, for maintenance too, stands in the feed as a run of kind hand,
-- with a row for each record (R76). Its argument is what became of the records: created, changed or deleted. Lines of a
-- record that this transaction has written are told with it.
-- Fires last of a statement's triggers, when all of its locks are held.
create or replace function erp_internal.tell_stock_by_hand()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_records erp_internal.changed_record [];
    v_company_id integer;
    v_run_id bigint;
begin
    if erp_internal.write_mode() = 'run' then
        return null;
    end if;
    if tg_op = 'INSERT' then
        v_records := array(
            select r::erp_internal.changed_record
            from (
                select distinct n.company_id, n.record_date, n.stock_record_id, n.warehouse_id from new_rows as n
            ) as r
        );
    elsif tg_op = 'DELETE' then
        v_records := array(
            select r::erp_internal.changed_record
            from (
                select distinct o.company_id, o.record_date, o.stock_record_id, o.warehouse_id from old_rows as o
            ) as r
        );
    else
        v_records := array(
            select r::erp_internal.changed_record
            from (
                select o.company_id, o.record_date, o.stock_record_id, o.warehouse_id from old_rows as o
                union
                select n.company_id, n.record_date, n.stock_record_id, n.warehouse_id from new_rows as n
            ) as r
        );
    end if;
    if tg_table_name = 'stock_movement' then
        v_records := array(
            select c
            from unnest(v_records) as c
            where not exists (
                select
                from erp.stock_record as r
                where
                    r.company_id = c.company_id and r.record_date = c.record_date
                    and r.stock_record_id = c.stock_record_id and r.xmin = pg_current_xact_id()::xid
            )
        );
    end if;

    for v_company_id in select distinct c.company_id from unnest(v_records) as c order by c.company_id loop
        v_run_id := erp_internal.hand_run(v_company_id);
        insert into erp.run_row (company_id, run_id, ordinal, kind, place, key, outcome, reasons)
        select
            v_company_id, v_run_id, c.ordinal, 'stock_record', c.ordinal,
            jsonb_build_object(
                'warehouse_code', w.warehouse_code, 'record_date', c.record_date, 'stock_record_id', c.stock_record_id
            ),
            tg_argv[0], '[]'
        from (
            select
                c.*,
                coalesce(
                    (
                        select max(r.ordinal)
                        from erp.run_row as r
                        where r.company_id = v_company_id and r.run_id = v_run_id
                    ),
                    0
                ) + row_number() over (order by c.stock_record_id) as ordinal
            from unnest(v_records) as c
            where c.company_id = v_company_id
        ) as c
        cross join lateral erp_internal.warehouse_by_id(v_company_id, c.warehouse_id) as w;
    end loop;
    return null;
end;
$$;
