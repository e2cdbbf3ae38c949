-- Returns what is wrong with the cells of sent rows, and rows whose key stands before them already (R73), by kind.
-- Errors: 22023 for a key that the kind does not know.
create or replace function erp_internal.check_data(p_elements erp_internal.data_element[])
returns setof erp_internal.cell_fault
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_kind text;
    v_faults erp_internal.cell_fault [];
    v_all erp_internal.cell_fault [] := array[]::erp_internal.cell_fault [];
    v_unknown record;
begin
    for v_kind in select distinct e.kind from unnest(p_elements) as e loop
        v_faults := array(
            select f
            from erp_internal.check_cells(
                v_kind,
                array(
                    select r::erp_internal.sent_row
                    from (
                        select e.ordinal, null::integer as parent, e.place, e.cells
                        from unnest(p_elements) as e
                        where e.kind = v_kind
                    ) as r
                )
            ) as f
        );
        select f.place, f.column_name
        into v_unknown
        from unnest(v_faults) as f
        where f.code = 'unknown_key'
        order by f.ordinal, f.column_name
        limit 1;
        if found then
            raise exception using
                errcode = '22023',
                message = pg_catalog.format(
                    'Row %s of %s has the unknown key %s.',
                    v_unknown.place, v_kind, pg_catalog.left(v_unknown.column_name, 60)
                ),
                hint = pg_catalog.format('The columns of erp_data.%s are its keys, and "delete".', v_kind);
        end if;
        v_all := v_all || v_faults;
    end loop;

    return query
    select f.*
    from unnest(v_all) as f
    union all
    select
        e.ordinal,
        null::integer as parent,
        e.place,
        k.key_columns[pg_catalog.cardinality(k.key_columns)] as column_name,
        'duplicate_key' as code,
        d.first_place::text as cell,
        null::text as expected
    from (
        select
            e.kind,
            e.key,
            pg_catalog.min(e.place) as first_place
        from unnest(p_elements) as e
        group by e.kind, e.key
        having pg_catalog.count(*) > 1
    ) as d
    inner join unnest(p_elements) as e on e.kind = d.kind and e.key = d.key and e.place > d.first_place
    inner join erp_internal.put_kinds() as k on k.kind = e.kind
    where
        not exists (
            select
            from unnest(v_all) as f
            where f.ordinal = e.ordinal and f.column_name = any (k.key_columns)
        );
end;
$$;
