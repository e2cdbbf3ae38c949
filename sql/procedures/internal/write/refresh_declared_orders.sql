-- Updates the orders of declarations that were registered (p_sign 1) or rolled back (-1) (R50, R52, R54): adds or
-- subtracts what each row counts as produced, closes the order or opens it again at the row that closes it, and
-- refreshes the job orders.
create or replace function erp_internal.refresh_declared_orders(
    p_company_id integer, p_declarations erp_internal.requested_declaration[], p_sign integer
)
returns void
language plpgsql
volatile
as $$
declare
    v_previous_mode constant text := erp_internal.set_write_mode('run');
begin
    update erp.production_order as o
    set
        produced_quantity = case
            when d.produced_quantity = 0 then o.produced_quantity
            else greatest(pg_catalog.trim_scale(o.produced_quantity + p_sign * d.produced_quantity), 0)
        end,
        status = case when d.closing then case p_sign when 1 then 'closed' else 'executive' end else o.status end,
        changed_at = pg_catalog.now(),
        changed_by = erp_internal.caller_role()
    from (
        select
            d.production_order_id,
            pg_catalog.sum(d.produced_quantity) as produced_quantity,
            pg_catalog.bool_or(d.closing) as closing
        from unnest(p_declarations) as d
        group by d.production_order_id
    ) as d
    where o.company_id = p_company_id and o.production_order_id = d.production_order_id;
    perform erp_internal.set_write_mode(v_previous_mode);

    perform erp_internal.refresh_jobs_of_orders(
        p_company_id, array(select distinct d.production_order_id from unnest(p_declarations) as d)
    );
end;
$$;
