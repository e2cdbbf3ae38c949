-- Returns the phases of an order.
create or replace function erp_internal.phases_of_order(p_company_id integer, p_order_id bigint)
returns table (
    production_order_id bigint,
    phase integer,
    sub_phase integer,
    machine_site_id bigint,
    productive boolean,
    movable boolean
)
language sql
stable
begin atomic
    select
        f.production_order_id,
        f.phase,
        f.sub_phase,
        f.machine_site_id,
        f.productive,
        f.movable
    from erp.production_order_phase as f
    where f.company_id = p_company_id and f.production_order_id = p_order_id
    offset 0;
end;
