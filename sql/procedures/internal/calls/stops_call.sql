-- Returns whether all-or-none stops a call: an id is unknown, or one is refused.
create or replace function erp_internal.stops_call(
    p_all_or_none boolean, p_unknown erp_internal.requested_id[], p_outcomes text[]
)
returns boolean
language sql
immutable
parallel safe
return p_all_or_none and (pg_catalog.cardinality(p_unknown) > 0 or 'refused' = any(p_outcomes));
