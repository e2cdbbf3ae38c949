-- requires: internal/lock_orders
-- Locks the orders of declarations, by id, and their job orders (R62). A declaration never changes its order.
create or replace function erp_internal.lock_declared_orders(p_company_id integer, p_declaration_ids bigint[])
returns void
language plpgsql
volatile
as $$
begin
    perform erp_internal.lock_orders(
        p_company_id,
        array(
            select distinct d.production_order_id
            from unnest(p_declaration_ids) as a (production_declaration_id)
            cross join lateral (
                select d.production_order_id
                from erp.production_declaration as d
                where d.company_id = p_company_id and d.production_declaration_id = a.production_declaration_id
                offset 0
            ) as d
        ),
        false
    );
end;
$$;
