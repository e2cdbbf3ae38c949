-- Returns a movement reason by its id.
create or replace function erp_internal.movement_reason_by_id(p_company_id integer, p_movement_reason_id bigint)
returns table (
    movement_reason_id bigint,
    reason_code text,
    direction text,
    usable_in_production boolean,
    allow_unavailable_lots boolean,
    counterpart_warehouse_id bigint,
    counterpart_movement_reason_id bigint,
    default_location_id bigint
)
language sql
stable
rows 1
begin atomic
    select
        r.movement_reason_id,
        r.reason_code,
        r.direction,
        r.usable_in_production,
        r.allow_unavailable_lots,
        r.counterpart_warehouse_id,
        r.counterpart_movement_reason_id,
        r.default_location_id
    from erp.movement_reason as r
    where r.company_id = p_company_id and r.movement_reason_id = p_movement_reason_id
    offset 0;
end;
