-- Master data keeps the meaning of what has happened (R20): the direction of a reason changes only while no record has
-- that reason, and not while runs decide by it.

create or replace function erp_internal.protect_reasons()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    v_reasons erp_internal.reason_key [];
    v_label text;
    v_example text;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    v_reasons := array(
        select c::erp_internal.reason_key
        from (
            select o.company_id, o.movement_reason_id
            from old_rows as o
            left join new_rows as n on n.company_id = o.company_id and n.movement_reason_id = o.movement_reason_id
            where n.direction is distinct from o.direction
        ) as c
    );
    if v_reasons = '{}' then
        return null;
    end if;
    perform erp_internal.claim_configuration(array(select c.company_id from unnest(v_reasons) as c));

    if current_setting('transaction_isolation') <> 'read committed' then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The direction of a reason is changed at read committed alone:'
            || ' an older snapshot does not show which records have it.',
            'Begin the transaction at read committed.',
            'direction'
        );
    end if;
    select w.warehouse_code || ' ' || s.reason_code, u.example
    into v_label, v_example
    from erp_internal.reasons_in_use(v_reasons) as u
    inner join erp.movement_reason as s
        on s.company_id = u.company_id and s.movement_reason_id = u.movement_reason_id
    inner join erp.warehouse as w on w.company_id = s.company_id and w.warehouse_id = s.warehouse_id
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format('Stock records have the reason %s, such as %s, so its direction stays.', v_label, v_example),
            'Make a new reason.',
            'direction'
        );
    end if;
    return null;
end;
$$;

create or replace trigger movement_reason_update_protected
after update on erp.movement_reason
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_reasons();
