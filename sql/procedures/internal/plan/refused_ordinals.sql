-- Returns who is refused (R8): everyone with a reason that the catalog does not call a warning. A reason that is not in
-- the catalog refuses too. Mostly there are no reasons, and nothing is made of the catalog then.
create or replace function erp_internal.refused_ordinals(p_refusals erp_internal.refusal[])
returns table (ordinal integer)
language plpgsql
immutable
parallel safe
as $$
#variable_conflict use_column
begin
    if coalesce(pg_catalog.cardinality(p_refusals), 0) = 0 then
        return;
    end if;

    return query
    select distinct r.ordinal
    from unnest(p_refusals) as r
    left join erp_internal.reason_catalog() as c
        on c.code = r.code and c.severity = 'warning' and c.language = 'en'
    where c.code is null;
end;
$$;
