-- Takes a list out of sent rows: its objects become rows of their own. A list that is none, or holds something else
-- than objects, is a fault. The rows themselves are left as they are (see erp_internal.without_lists).
create or replace function erp_internal.take_list(
    p_rows erp_internal.sent_row[],
    p_list text,
    out elements erp_internal.sent_row[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
immutable
as $$
begin
    -- most rows that could hold lots have none
    if not exists (select from unnest(p_rows) as r where r.cells ? p_list) then
        elements := '{}';
        faults := '{}';
        return;
    end if;
    elements := array(
        select s::erp_internal.sent_row
        from (
            select
                r.ordinal,
                r.place as parent,
                e.place::integer as place,
                e.element as cells
            from unnest(p_rows) as r
            cross join lateral (
                select r.cells -> p_list as list
                where r.cells ? p_list
                offset 0
            ) as l
            cross join lateral pg_catalog.jsonb_array_elements(
                case pg_catalog.jsonb_typeof(l.list) when 'array' then l.list end
            ) with ordinality as e (element, place)
        ) as s
    );
    faults := array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                p_list as column_name,
                'bad_list' as code,
                pg_catalog.left((r.cells -> p_list)::text, 60) as cell,
                null as expected
            from unnest(p_rows) as r
            where r.cells ? p_list and pg_catalog.jsonb_typeof(r.cells -> p_list) <> 'array'
            union all
            select
                e.ordinal,
                null as parent,
                e.parent as place,
                p_list as column_name,
                'bad_list' as code,
                pg_catalog.left(e.cells::text, 60) as cell,
                null as expected
            from unnest(elements) as e
            where pg_catalog.jsonb_typeof(e.cells) <> 'object'
        ) as f
    );
    if faults <> '{}' then
        elements := array(
            select e from unnest(elements) as e where pg_catalog.jsonb_typeof(e.cells) = 'object'
        );
    end if;
end;
$$;
