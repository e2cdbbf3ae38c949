-- Returns what the registrations in force moved of the material rows of orders (R54): the sum of their movements
-- without counterparts, below zero for an issue. Tables are probed by key (offset 0).
create or replace function erp_internal.registered_materials(p_company_id integer, p_order_ids bigint[])
returns table (production_order_id bigint, line integer, quantity numeric)
language sql
stable
begin atomic
    select
        a.production_order_id,
        m.material_line as line,
        pg_catalog.sum(m.quantity) as quantity
    from unnest(p_order_ids) as a (production_order_id)
    cross join
        lateral (
            select r.*
            from erp.stock_record as r
            where r.company_id = p_company_id and r.production_order_id = a.production_order_id
            offset 0
        ) as r
    cross join
        lateral (
            select m.*
            from erp.stock_movement as m
            where
                m.company_id = p_company_id and m.record_date = r.record_date
                and m.stock_record_id = r.stock_record_id
            offset 0
        ) as m
    where r.production_declaration_id is not null and m.material_line is not null and not m.counterpart
    group by a.production_order_id, m.material_line;
end;
