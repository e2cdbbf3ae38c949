-- Returns of the rows of a call those of a kind that are put, or those that are deleted, without their faulty cells and
-- without the rows that p_left_out names.
create or replace function erp_internal.rows_of_kind(
    p_kind text,
    p_deletion boolean,
    p_elements erp_internal.data_element[],
    p_faults erp_internal.cell_fault[],
    p_left_out integer[]
)
returns erp_internal.sent_row[]
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return array(
        select r::erp_internal.sent_row
        from (
            select
                e.ordinal,
                null::integer as parent,
                e.place,
                case when f.ordinal is null then e.cells else e.cells - f.column_names end as cells
            from unnest(p_elements) as e
            left join (
                select f.ordinal, pg_catalog.array_agg(f.column_name) as column_names
                from unnest(p_faults) as f
                group by f.ordinal
            ) as f on f.ordinal = e.ordinal
            left join (select distinct l.ordinal from unnest(p_left_out) as l (ordinal)) as l on l.ordinal = e.ordinal
            where e.kind = p_kind and e.deletion = p_deletion and l.ordinal is null
        ) as r
    );
end;
$$;
