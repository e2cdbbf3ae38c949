-- Locks the orders of declarations by id, then their job orders (R62). A declaration never changes its order.
-- Errors: 40001 if a requested declaration has been made meanwhile.
create or replace function erp_internal.lock_declared_orders(p_company_id integer, p_declaration_ids bigint[])
returns void
language plpgsql
volatile
as $$
declare
    v_ids bigint [];
    v_order_ids bigint [];
begin
    select pg_catalog.array_agg(d.production_declaration_id), pg_catalog.array_agg(distinct d.production_order_id)
    into v_ids, v_order_ids
    from unnest(p_declaration_ids) as a (production_declaration_id)
    cross join lateral erp_internal.declaration_by_id(p_company_id, a.production_declaration_id) as d;

    perform erp_internal.lock_orders(p_company_id, v_order_ids, false);

    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from (
        select d.production_declaration_id
        from unnest(p_declaration_ids) as a (production_declaration_id)
        cross join lateral erp_internal.declaration_by_id(p_company_id, a.production_declaration_id) as d
        except
        select k.production_declaration_id
        from unnest(v_ids) as k (production_declaration_id)
    ) as n;
end;
$$;
