-- Returns the advice for who wants to change or remove by hand what a run of this kind made (R20).
create or replace function erp_internal.removal_advice(p_kind text)
returns text
language sql
immutable
return case p_kind
    when 'load' then 'What a first load brought in stays: enter a record of the difference.'
    when 'posting' then 'Use erp_api.remove_stock.'
    else 'Use erp_api.restore_production_orders or rollback_declarations.'
end;
