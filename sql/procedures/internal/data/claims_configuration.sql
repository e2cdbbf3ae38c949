-- Returns whether a call must claim the configuration: it would change what runs decide by, or delete a row that is
-- there. Looked up before the call takes any lock; whoever holds none by then finds out when it writes.
create or replace function erp_internal.claims_configuration(
    p_company_id integer, p_elements erp_internal.data_element[], p_faults erp_internal.cell_fault[]
)
returns boolean
language plpgsql
stable
as $$
declare
    v_left_out constant integer [] := array(
        select f.ordinal
        from unnest(p_faults) as f
        inner join unnest(p_elements) as e on e.ordinal = f.ordinal
        inner join erp_internal.put_kinds() as k on k.kind = e.kind
        where f.code = 'duplicate_key' or f.column_name = any (k.key_columns)
    );
    v_part record;
begin
    for v_part in
        select distinct e.kind, e.deletion
        from unnest(p_elements) as e
        inner join erp_internal.put_kinds() as k on k.kind = e.kind
        where e.deletion or k.guarded
    loop
        if erp_internal.guarded_ordinals(
            p_company_id,
            v_part.kind,
            erp_internal.rows_of_kind(v_part.kind, v_part.deletion, p_elements, p_faults, v_left_out),
            v_part.deletion
        ) <> '{}' then
            return true;
        end if;
    end loop;
    return false;
end;
$$;
