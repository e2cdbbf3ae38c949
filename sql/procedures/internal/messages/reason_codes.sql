-- Returns the registry of reasons for the view that clients read, in the order in which reasons are given. Whoever
-- selects a view must be allowed to execute what the view calls, and then it brings a path of its own, which keeps it
-- from being put into a query; so erp_internal.reason_catalog, which calls ask all the time, is not granted itself.
create or replace function erp_internal.reason_codes()
returns table (code text, severity text, meaning text, language text, message_pattern text, hint text)
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select
        r.code,
        r.severity,
        r.meaning,
        r.language,
        r.message as message_pattern,
        r.hint
    from erp_internal.reason_catalog() as r
    order by r.precedence, r.language;
end;
$$;
