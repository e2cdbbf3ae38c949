-- Returns the key of a sent row, by codes, as answers show it: texts, and numbers where the column is one.
create or replace function erp_internal.row_key(p_cells jsonb, p_columns text[])
returns jsonb
language sql
immutable
parallel safe
begin atomic
    select
        coalesce(
            pg_catalog.jsonb_object_agg(
                k.name,
                case
                    when v.cell is null then null::jsonb
                    when k.name in ('job_year', 'job_number') and v.cell ~ '^[+-]?[0-9]{1,18}$'
                        then pg_catalog.to_jsonb(v.cell::bigint)
                    else pg_catalog.to_jsonb(pg_catalog.left(v.cell, 500))
                end
            ),
            '{}'
        )
    from unnest(p_columns) as k (name)
    cross join lateral (select nullif(p_cells ->> k.name, '') as cell) as v;
end;
