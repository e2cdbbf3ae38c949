-- requires: internal/guards/refuse_truncate, internal/guards/tell_stock_by_hand
-- A record of a run is made, changed and removed by runs only (R20), and no number is given twice (R19). A record
-- entered by hand gets its number when its transaction ends.

-- affected_rows: with the argument 'added' the new rows, else the rows as they were before. Only the records of its
-- registration name a declaration: what they issued of a row is not issued again (R54).
create or replace function erp_internal.protect_records()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_column text;
    v_kind text;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    select case when r.run_id is not null then 'run_id' else 'production_declaration_id' end, u.kind
    into v_column, v_kind
    from affected_rows as r
    left join erp.run as u on u.company_id = r.company_id and u.run_id = r.run_id
    where r.run_id is not null or r.production_declaration_id is not null and tg_argv[0] = 'added'
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            case
                when tg_argv[0] is distinct from 'added'
                    then 'A stock record made by a run cannot be changed or removed by hand.'
                when v_column = 'run_id' then 'A stock record entered by hand belongs to no run.'
                else 'A stock record entered by hand belongs to no declaration: its registration would count it.'
            end,
            case
                when tg_argv[0] is distinct from 'added' then erp_internal.removal_advice(v_kind)
                else format('Leave %s empty.', v_column)
            end,
            case when tg_argv[0] = 'added' then v_column else '' end
        );
    end if;
    return null;
end;
$$;

-- The numbers of records entered by hand come from the counter, and from nowhere else (R19, R20).
create or replace function erp_internal.protect_numbers()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    v_passed boolean;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    if tg_op = 'INSERT' then
        v_passed := exists (select from new_rows as n where n.record_number is not null);
    else
        -- a number belongs to its warehouse and day
        v_passed := exists (
            select
            from new_rows as n
            left join old_rows as o
                on
                    o.company_id = n.company_id and o.stock_record_id = n.stock_record_id
                    and o.warehouse_id = n.warehouse_id and o.record_date = n.record_date
                    and o.record_number = n.record_number
            where n.record_number is not null and o.record_number is null
        );
    end if;
    if v_passed then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'A stock record entered by hand takes its number from the counter, when its transaction ends.',
            'Leave record_number empty; what needs it sooner says:'
            || ' set constraints erp.stock_record_numbered immediate.',
            'record_number'
        );
    end if;
    return null;
end;
$$;

-- A record that has lines does not get a reason of the other direction (R20).
create or replace function erp_internal.check_record_reasons()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if erp_internal.write_mode() = '' and exists (
        select
        from new_rows as r
        cross join lateral erp_internal.movement_reason_by_id(r.company_id, r.movement_reason_id) as s
        cross join lateral erp_internal.movements_of_record(r.company_id, r.record_date, r.stock_record_id) as m
        where (m.quantity > 0) <> (s.direction = 'load')
    ) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The lines of a load are above zero, those of an issue below.',
            'Enter a record with a reason of the other direction.', 'movement_reason_id'
        );
    end if;
    return null;
end;
$$;

-- Numbers the records that were entered by hand, when their transaction ends: the counters are locked last of all, as
-- by runs (R62), in key order. The trigger's first call numbers all records, in the order in which they were entered;
-- what has no number yet belongs to this transaction. Each further call looks up its own record only: a search by day
-- would read, one by one, the old versions of all of them.
create or replace function erp_internal.number_records()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
as $$
declare
    v_previous_mode text;
begin
    if not exists (
        select
        from erp_internal.record_by_id(new.company_id, new.record_date, new.stock_record_id) as r
        where r.record_number is null
    ) then
        return null;
    end if;
    v_previous_mode := erp_internal.set_write_mode('run');
    with record as materialized (
        select
            r.company_id, r.warehouse_id, r.record_date, r.stock_record_id,
            row_number() over day as nth,
            count(*) over (partition by r.company_id, r.warehouse_id, r.record_date) as day_count
        from erp.stock_record as r
        where r.record_number is null
        window day as (partition by r.company_id, r.warehouse_id, r.record_date order by r.stock_record_id)
    ),

    counter as (
        insert into erp.stock_record_counter as c (company_id, warehouse_id, record_date, last_number)
        select r.company_id, r.warehouse_id, r.record_date, count(*)
        from record as r
        group by r.company_id, r.warehouse_id, r.record_date
        order by r.company_id, r.warehouse_id, r.record_date
        on conflict on constraint stock_record_counter_pkey
        do update set last_number = c.last_number + excluded.last_number
        returning c.company_id, c.warehouse_id, c.record_date, c.last_number
    )

    update erp.stock_record as r
    set record_number = c.last_number - n.day_count + n.nth
    from record as n
    inner join counter as c
        on c.company_id = n.company_id and c.warehouse_id = n.warehouse_id and c.record_date = n.record_date
    where
        r.company_id = n.company_id and r.record_date = n.record_date and r.stock_record_id = n.stock_record_id;
    perform erp_internal.set_write_mode(v_previous_mode);
    -- if the transaction goes on, it holds a lock that comes after all stock (lock_stock_by_hand)
    perform set_config('erp.highest_stock_key', pg_current_xact_id()::text || ' 2147483647', true);
    return null;
end;
$$;

create or replace function erp_internal.protect_counters()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    v_lowered boolean;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    if tg_op = 'DELETE' then
        v_lowered := exists (select from old_rows);
    else
        v_lowered := exists (
            select
            from old_rows as o
            left join new_rows as n
                on
                    n.company_id = o.company_id and n.warehouse_id = o.warehouse_id
                    and n.record_date = o.record_date
            where n.last_number is null or n.last_number < o.last_number
        );
    end if;
    if v_lowered then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The last record number of a warehouse and day only grows: numbers given are not given again.',
            'Leave gaps as they are.'
        );
    end if;
    return null;
end;
$$;

create or replace trigger stock_record_insert_protected
after insert on erp.stock_record
referencing new table as affected_rows
for each statement execute function erp_internal.protect_records('added');

create or replace trigger stock_record_delete_protected
after delete on erp.stock_record
referencing old table as affected_rows
for each statement execute function erp_internal.protect_records();

create or replace trigger stock_record_update_protected
after update on erp.stock_record
referencing old table as affected_rows
for each statement execute function erp_internal.protect_records();

-- an update may change a record of a run, or give a record to a run; triggers fire by name, so the first is reported
create or replace trigger stock_record_update_protected_into
after update on erp.stock_record
referencing new table as affected_rows
for each statement execute function erp_internal.protect_records('added');

create or replace trigger stock_record_insert_protected_number
after insert on erp.stock_record
referencing new table as new_rows
for each statement execute function erp_internal.protect_numbers();

create or replace trigger stock_record_update_protected_number
after update on erp.stock_record
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_numbers();

create or replace trigger stock_record_update_protected_reason
after update on erp.stock_record
referencing new table as new_rows
for each statement execute function erp_internal.check_record_reasons();

-- a constraint trigger cannot be replaced
drop trigger if exists stock_record_numbered on erp.stock_record;
create constraint trigger stock_record_numbered
after insert or update on erp.stock_record
deferrable initially deferred
for each row when (new.record_number is null) execute function erp_internal.number_records();

create or replace trigger stock_record_counter_delete_protected
after delete on erp.stock_record_counter
referencing old table as old_rows
for each statement execute function erp_internal.protect_counters();

create or replace trigger stock_record_counter_update_protected
after update on erp.stock_record_counter
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_counters();

create or replace trigger stock_record_counter_truncate_refused
before truncate on erp.stock_record_counter
for each statement execute function erp_internal.refuse_truncate();

create or replace trigger stock_record_written_by_hand
after insert on erp.stock_record
referencing new table as new_rows
for each statement execute function erp_internal.tell_stock_by_hand('created');

create or replace trigger stock_record_written_by_hand_again
after update on erp.stock_record
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.tell_stock_by_hand('changed');

create or replace trigger stock_record_written_by_hand_no_more
after delete on erp.stock_record
referencing old table as old_rows
for each statement execute function erp_internal.tell_stock_by_hand('deleted');
