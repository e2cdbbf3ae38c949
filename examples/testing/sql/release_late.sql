create schema shop;

-- Releases the late orders of a company, the oldest first. Returns what became of each, and what is missing.
create function shop.release_late(p_company_id integer)
returns table (order_number integer, outcome text, missing text)
language plpgsql
as $$
#variable_conflict use_column
declare
    v_late bigint [] := array(
        select g.order_id
        from erp_api.release_grid as g
        where g.company_id = p_company_id and g.late
        order by g.end_date, g.order_number
    );
begin
    if v_late = '{}' then
        return; -- a call without orders would be an error
    end if;
    return query
    select
        r.order_number,
        r.outcome,
        r.reasons -> 0 ->> 'message'
    from erp_api.release_production_orders(p_company_id, v_late, p_note => 'late') as r;
end;
$$;

grant usage on schema shop to erp_operator;
