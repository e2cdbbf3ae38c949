-- requires: internal/guards/refuse_truncate
-- The balance is written by the triggers of stock_movement only. By hand rows may be inserted at zero, as
-- erp_internal.lock_stock does, and rows at zero go with an item that is deleted.

create or replace function erp_internal.protect_balance()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_violated boolean;
begin
    -- a row begins at zero for the owner too, or the movements that belong to it would count twice
    if tg_op = 'INSERT' then
        v_violated := exists (select from new_rows as n where n.on_hand <> 0);
    elsif erp_internal.write_mode() <> '' then
        v_violated := false;
    elsif tg_op = 'UPDATE' then
        v_violated := exists (select from new_rows);
    else
        v_violated := exists (
            select
            from old_rows as o
            left join erp.item as i on i.company_id = o.company_id and i.item_id = o.item_id
            where o.on_hand <> 0 or i.item_id is not null
        );
    end if;
    if v_violated then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The stock balance cannot be written by hand: it is the sum of the stock movements.',
            'Enter a stock movement.'
        );
    end if;
    return null;
end;
$$;

create or replace trigger stock_balance_insert_protected
after insert on erp.stock_balance
referencing new table as new_rows
for each statement execute function erp_internal.protect_balance();

create or replace trigger stock_balance_update_protected
after update on erp.stock_balance
referencing new table as new_rows
for each statement execute function erp_internal.protect_balance();

create or replace trigger stock_balance_delete_protected
after delete on erp.stock_balance
referencing old table as old_rows
for each statement execute function erp_internal.protect_balance();

create or replace trigger stock_balance_truncate_refused
before truncate on erp.stock_balance
for each statement execute function erp_internal.refuse_truncate();
