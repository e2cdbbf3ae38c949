-- requires: internal/guards/refuse_truncate, internal/guards/tell_orders_by_hand
-- Only restore takes a release back (R20): by hand a released order does not become launched, does not change its run,
-- and is not deleted. It stays as the release found it: all columns but the free ones (erp_internal.free_columns). A
-- closed order may be archived (R56).

create or replace function erp_internal.protect_orders()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    c_free constant text [] := erp_internal.free_columns('production_order');
    c_of_first_phase constant text [] := array['first_department', 'first_work_center', 'first_machine'];
    v_column text;
    v_short_closed boolean;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    if tg_op = 'INSERT' then
        select case when n.release_run_id is null then 'short_close_run_id' else 'release_run_id' end
        into v_column
        from new_rows as n
        where coalesce(n.release_run_id, n.short_close_run_id) is not null
        limit 1;
        if found then
            perform erp_internal.refuse_by_hand(
                tg_table_schema, tg_table_name, 'A production order entered by hand was released or closed by no run.',
                format('Leave %s empty.', v_column), v_column
            );
        end if;
        return null;
    end if;
    -- if the key was changed, the old order has no new row: all its columns have changed
    select
        c.column_name,
        o.short_close_run_id is not null and o.status = 'closed'
    into v_column, v_short_closed
    from old_rows as o
    left join new_rows as n on n.company_id = o.company_id and n.production_order_id = o.production_order_id
    cross join lateral (
        select c.key as column_name
        from jsonb_each(to_jsonb(o)) as c
        where c.value is distinct from to_jsonb(n) -> c.key
    ) as c
    where
        (
            n.production_order_id is null
            or n.release_run_id is distinct from o.release_run_id
            or n.short_close_run_id is distinct from o.short_close_run_id
            or n.released_at is distinct from o.released_at
            or c.column_name = any (c_of_first_phase)
            or erp_internal.is_order_frozen(
                o.company_id, o.production_order_id, o.status, o.release_run_id, o.short_close_run_id
            )
        )
        and c.column_name <> all (c_free)
        and not (c.column_name = 'status' and n.status = 'archived' and erp_internal.is_order_archivable(o.status))
    order by c.column_name <> 'status', c.column_name
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            case
                when v_column = any (c_of_first_phase)
                    then format('Of a production order %s is what its first phase has.', v_column)
                when v_column = 'status'
                    then 'The release of a production order cannot be changed or taken back by hand:'
                        || ' its stock movements would stay.'
                else
                    format('A released production order stays as it was released: %s is not changed by hand.', v_column)
            end,
            case
                when v_column = any (c_of_first_phase) then 'Change the phase.'
                when v_short_closed then 'Use erp_api.reopen_production_orders first.'
                else 'Use erp_api.restore_production_orders first.'
            end,
            v_column
        );
    end if;
    return null;
end;
$$;

-- before each row, since foreign keys are checked before triggers that fire after the statement
create or replace function erp_internal.protect_order_from_deletion()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if erp_internal.write_mode() <> '' then
        return old;
    end if;
    if
        erp_internal.is_order_frozen(
            old.company_id, old.production_order_id, old.status, old.release_run_id, old.short_close_run_id
        )
    then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'A production order that was released cannot be deleted.',
            'Use erp_api.restore_production_orders first.'
        );
    end if;
    if exists (
        select
        from erp.production_order_split as s
        where s.company_id = old.company_id and s.remainder_order_id = old.production_order_id
    ) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The remainder of a split cannot be deleted while the split is in force.',
            'Use erp_api.restore_production_orders for the order that was split: it takes the remainder in again.'
        );
    end if;
    return old;
end;
$$;

-- An order carries the code of its item and the number of its job order. Whoever writes it may leave them out; foreign
-- keys hold them together, and make them follow what is changed.
create or replace function erp_internal.copy_order_codes()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    -- of what is not there the foreign keys tell
    select
        coalesce(i.item_code, ''),
        case when new.job_order_id is not null then coalesce(j.job_year, 0) end,
        case when new.job_order_id is not null then coalesce(j.job_number, 0) end
    into new.copied_item_code, new.copied_job_year, new.copied_job_number
    from (select) as a
    left join erp.item as i on i.company_id = new.company_id and i.item_id = new.item_id
    left join erp.job_order as j on j.company_id = new.company_id and j.job_order_id = new.job_order_id;
    return new;
end;
$$;

create or replace trigger production_order_insert_copies_codes
before insert on erp.production_order
for each row when (new.copied_item_code is null or (new.job_order_id is not null and new.copied_job_number is null))
execute function erp_internal.copy_order_codes();

create or replace trigger production_order_update_copies_codes
before update of item_id, job_order_id on erp.production_order
for each row
when (new.item_id is distinct from old.item_id or new.job_order_id is distinct from old.job_order_id)
execute function erp_internal.copy_order_codes();

-- When a release was is told by its run.
create or replace function erp_internal.copy_release_moment()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    -- of a run that is not there the foreign key tells
    select case when new.release_run_id is not null then coalesce(r.started_at, now()) end
    into new.released_at
    from (select) as a
    left join erp.run as r on r.company_id = new.company_id and r.run_id = new.release_run_id;
    return new;
end;
$$;

create or replace trigger production_order_insert_copies_moment
before insert on erp.production_order
for each row when (new.release_run_id is not null and new.released_at is null)
execute function erp_internal.copy_release_moment();

create or replace trigger production_order_update_copies_moment
before update of release_run_id on erp.production_order
for each row
when (
    new.release_run_id is distinct from old.release_run_id and new.released_at is not distinct from old.released_at
)
execute function erp_internal.copy_release_moment();

create or replace trigger production_order_insert_protected
after insert on erp.production_order
referencing new table as new_rows
for each statement execute function erp_internal.protect_orders();

create or replace trigger production_order_update_protected
after update on erp.production_order
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_orders();

create or replace trigger production_order_delete_protected
before delete on erp.production_order
for each row execute function erp_internal.protect_order_from_deletion();

create or replace trigger production_order_truncate_refused
before truncate on erp.production_order
for each statement execute function erp_internal.refuse_truncate();

create or replace trigger production_order_written_by_hand
after insert on erp.production_order
referencing new table as affected_rows
for each statement execute function erp_internal.tell_orders_by_hand('created');

create or replace trigger production_order_written_by_hand_again
after update on erp.production_order
referencing new table as affected_rows
for each statement execute function erp_internal.tell_orders_by_hand('changed');

create or replace trigger production_order_written_by_hand_no_more
after delete on erp.production_order
referencing old table as affected_rows
for each statement execute function erp_internal.tell_orders_by_hand('deleted');
