-- Returns how many elements a list has in sent rows, all together: asked before erp_internal.take_list takes memory for
-- them.
create or replace function erp_internal.list_length(p_rows erp_internal.sent_row[], p_list text)
returns bigint
language plpgsql
immutable
as $$
begin
    return (
        select
            coalesce(
                pg_catalog.sum(
                    case pg_catalog.jsonb_typeof(r.cells -> p_list)
                        when 'array' then pg_catalog.jsonb_array_length(r.cells -> p_list)
                    end
                ),
                0
            )
        from unnest(p_rows) as r
    );
end;
$$;
