-- Returns the reasons to refuse the restore of one order, for the restore grid (R32, R33, R38).
-- A page asks twice for each of its orders, so an order that nothing can stand against is told by a look at its rows:
-- it has no declarations, no stock documents, no record outside the period (R18), and loaded nothing, of which only a
-- plan tells whether its stock is still there. What this look finds erp_internal.planned_blockers judges.
-- Parallel restricted: were it unsafe, workers could not help to count the grid, although a count never calls it.
-- Errors: 40001.
create or replace function erp_internal.order_blockers(p_company_id integer, p_order_id bigint)
returns jsonb
language plpgsql
stable
parallel restricted
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
    if exists (
        select
        from erp_internal.declarations_of_order(p_company_id, p_order_id) as d
    )
    or exists (
        select
        from erp_internal.records_of_order(p_company_id, p_order_id) as r
        where
            r.document_key is not null
            or not exists (
                select
                from erp.production_parameter as p
                where p.company_id = p_company_id and r.record_date between p.period_start and p.period_end
            )
            or exists (
                select
                from erp.stock_movement as m
                where
                    m.company_id = p_company_id and m.record_date = r.record_date
                    and m.stock_record_id = r.stock_record_id and m.quantity > 0
                offset 0
            )
    ) then
        return erp_internal.planned_blockers(p_company_id, p_order_id);
    end if;
    return '[]'::jsonb;
end;
$$;
