-- requires: internal/messages/reason_catalog
-- Whom reasons refuse (R8): everyone who has one that the registry does not call a warning. What is not in the registry
-- refuses too.
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
