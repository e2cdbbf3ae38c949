-- requires: internal/messages/reason_catalog
-- Returns who is refused (R8): everyone with a reason that the catalog does not call a warning. A reason that is not in
-- the catalog refuses too.
create or replace function erp_internal.refused_ordinals(p_refusals erp_internal.refusal[])
returns table (ordinal integer)
language sql
immutable
parallel safe
begin atomic
    select distinct r.ordinal
    from unnest(p_refusals) as r
    left join erp_internal.reason_catalog() as c
        on c.code = r.code and c.severity = 'warning' and c.language = 'en'
    where c.code is null;
end;
