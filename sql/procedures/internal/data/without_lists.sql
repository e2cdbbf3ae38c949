-- Returns sent rows without the lists in them. Of each list a row keeps how long it was, which tells that it was sent.
create or replace function erp_internal.without_lists(p_rows erp_internal.sent_row[], p_lists text[])
returns erp_internal.sent_row[]
language plpgsql
immutable
as $$
begin
    if not exists (select from unnest(p_rows) as r where r.cells ?| p_lists) then
        return p_rows;
    end if;
    return array(
        select s::erp_internal.sent_row
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                case
                    when r.cells ?| p_lists
                        then
                            r.cells - p_lists || coalesce(
                                (
                                    select
                                        pg_catalog.jsonb_object_agg(
                                            n.list_name, pg_catalog.jsonb_array_length(r.cells -> n.list_name)
                                        )
                                    from unnest(p_lists) as n (list_name)
                                    where pg_catalog.jsonb_typeof(r.cells -> n.list_name) = 'array'
                                ),
                                '{}'
                            )
                    else r.cells
                end as cells
            from unnest(p_rows) as r
        ) as s
    );
end;
$$;
