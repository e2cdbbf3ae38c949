-- What makes a reason unusable (R12): missing, of the wrong direction, not usable in production; none if it will do.
-- p_load: it is to load. Its warehouse needs no check, the foreign keys see to that.
create or replace function erp_internal.reason_problems(
    p_movement_reason_id bigint, p_direction text, p_usable_in_production boolean, p_load boolean
)
returns text[]
language sql
immutable
parallel safe
return case
    when p_movement_reason_id is null then array['reason_missing']
    else
        case when (p_direction = 'load') <> p_load then array['reason_direction_wrong'] else '{}' end
        || case when p_usable_in_production then '{}' else array['reason_not_in_production'] end
end;
