-- requires: internal/guards/refuse_truncate, internal/guards/tell_stock_by_hand
-- The balance is the sum of the movements, whoever writes them; movements that a run made are changed and removed by
-- runs only (R20).

create or replace function erp_internal.update_balance()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if tg_op = 'INSERT' then
        perform erp_internal.add_to_balance(array_agg(d::erp_internal.stock_change))
        from (
            select m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, m.location_id,
                sum(m.quantity) as quantity
            from new_rows as m
            group by 1, 2, 3, 4, 5, 6
        ) as d
        having count(*) > 0;
    elsif tg_op = 'DELETE' then
        perform erp_internal.add_to_balance(array_agg(d::erp_internal.stock_change))
        from (
            select m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, m.location_id,
                -sum(m.quantity) as quantity
            from old_rows as m
            group by 1, 2, 3, 4, 5, 6
        ) as d
        having count(*) > 0;
    else
        perform erp_internal.add_to_balance(array_agg(d::erp_internal.stock_change))
        from (
            select m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, m.location_id,
                sum(m.quantity) as quantity
            from (
                select n.company_id, n.warehouse_id, n.item_id, n.item_variant_id, n.lot_id, n.location_id, n.quantity
                from new_rows as n
                union all
                select o.company_id, o.warehouse_id, o.item_id, o.item_variant_id, o.lot_id, o.location_id, -o.quantity
                from old_rows as o
            ) as m
            group by 1, 2, 3, 4, 5, 6
        ) as d
        having count(*) > 0;
    end if;
    return null;
end;
$$;

-- affected_rows: with the argument 'added' the new rows, else the rows as they were before. What is added by hand must
-- fit its reason and its item, and these must not change meanwhile: so the configuration is locked, before stock.
create or replace function erp_internal.protect_movements()
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
    select u.kind
    into v_kind
    from affected_rows as m
    inner join erp.stock_record as r
        on
            r.company_id = m.company_id and r.record_date = m.record_date
            and r.stock_record_id = m.stock_record_id
    inner join erp.run as u on u.company_id = r.company_id and u.run_id = r.run_id
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            case
                when tg_argv[0] = 'added' then 'A stock record made by a run takes no further movement by hand.'
                else 'A stock movement made by a run cannot be changed or removed by hand.'
            end,
            case
                when tg_argv[0] = 'added' then 'Enter a record of your own.'
                else erp_internal.removal_advice(v_kind)
            end
        );
    end if;
    if tg_argv[0] is distinct from 'added' then
        return null;
    end if;

    perform erp_internal.lock_configuration(c.company_id)
    from (select distinct m.company_id from affected_rows as m order by m.company_id) as c;
    select case when (m.quantity > 0) <> (r.direction = 'load') then 'quantity' else 'lot_id' end
    into v_column
    from affected_rows as m
    cross join lateral erp_internal.record_by_id(m.company_id, m.record_date, m.stock_record_id) as c
    cross join lateral erp_internal.movement_reason_by_id(m.company_id, c.movement_reason_id) as r
    cross join lateral erp_internal.item_by_id(m.company_id, m.item_id) as i
    where (m.quantity > 0) <> (r.direction = 'load') or (i.tracking = 'lot') <> (m.lot_id is not null)
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            case v_column
                when 'quantity' then 'The lines of a load are above zero, those of an issue below.'
                else 'A line of a lot item names its lot, and one of another item none.'
            end,
            case v_column
                when 'quantity' then 'Enter a record with a reason of the other direction.'
                else 'Name the lot, or leave lot_id empty.'
            end,
            v_column
        );
    end if;
    return null;
end;
$$;

create or replace trigger stock_movement_inserted
after insert on erp.stock_movement
referencing new table as new_rows
for each statement execute function erp_internal.update_balance();

create or replace trigger stock_movement_deleted
after delete on erp.stock_movement
referencing old table as old_rows
for each statement execute function erp_internal.update_balance();

create or replace trigger stock_movement_updated
after update on erp.stock_movement
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.update_balance();

create or replace trigger stock_movement_insert_protected
after insert on erp.stock_movement
referencing new table as affected_rows
for each statement execute function erp_internal.protect_movements('added');

-- an update may change a line of a run, or move a line into a record of a run; triggers fire by name, so the first of
-- the two is reported
create or replace trigger stock_movement_update_protected_into
after update on erp.stock_movement
referencing new table as affected_rows
for each statement execute function erp_internal.protect_movements('added');

create or replace trigger stock_movement_delete_protected
after delete on erp.stock_movement
referencing old table as affected_rows
for each statement execute function erp_internal.protect_movements();

create or replace trigger stock_movement_update_protected
after update on erp.stock_movement
referencing old table as affected_rows
for each statement execute function erp_internal.protect_movements();

create or replace trigger stock_movement_truncate_refused
before truncate on erp.stock_movement
for each statement execute function erp_internal.refuse_truncate();

create or replace trigger stock_movement_written_by_hand
after insert on erp.stock_movement
referencing new table as new_rows
for each statement execute function erp_internal.tell_stock_by_hand('changed');

create or replace trigger stock_movement_written_by_hand_again
after update on erp.stock_movement
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.tell_stock_by_hand('changed');

create or replace trigger stock_movement_written_by_hand_no_more
after delete on erp.stock_movement
referencing old table as old_rows
for each statement execute function erp_internal.tell_stock_by_hand('changed');
