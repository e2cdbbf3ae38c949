-- Returns sent rows without their faulty cells, so that what is left of them can be read and judged. Lists
-- were taken out of them before.
create or replace function erp_internal.strip_faulty_cells(
    p_rows erp_internal.sent_row[], p_faults erp_internal.cell_fault[]
)
returns erp_internal.sent_row[]
language plpgsql
immutable
set enable_nestloop = off
as $$
begin
    if p_faults = '{}' then
        return p_rows;
    end if;
    return array(
        select s::erp_internal.sent_row
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells - coalesce(f.column_names, '{}') as cells
            from unnest(p_rows) as r
            left join (
                select
                    f.ordinal,
                    coalesce(f.parent, 0) as parent,
                    coalesce(f.place, 0) as place,
                    pg_catalog.array_agg(f.column_name) as column_names
                from unnest(p_faults) as f
                where f.code <> 'bad_list'
                group by 1, 2, 3
            ) as f
                on
                    f.ordinal = r.ordinal and f.parent = coalesce(r.parent, 0)
                    and f.place = coalesce(r.place, 0)
        ) as s
    );
end;
$$;
