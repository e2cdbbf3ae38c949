-- Lists what makes a movement reason unusable (R12): missing, of the wrong direction (p_load: it is to load), not
-- usable in production; empty if it is usable. That it belongs to its warehouse the foreign keys see to.
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
