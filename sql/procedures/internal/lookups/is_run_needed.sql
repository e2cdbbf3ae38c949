-- Tells whether something that can still be taken back, or that is asked for, stands on a run (R80): a record in force,
-- the release or the short close of an order, a registration and the lots it made, a stock document, whose key is taken
-- for ever, or the split by which a merge finds out where another lot of the order came from (R57). So does its request
-- key, while it is kept.
create or replace function erp_internal.is_run_needed(p_company_id integer, p_run_id bigint, p_request_key uuid)
returns boolean
language sql
stable
begin atomic
    select
        p_request_key is not null
        or exists (
            select from erp.stock_record as r
            where r.company_id = p_company_id and r.run_id = p_run_id
        )
        or exists (
            select
            from erp.production_order as o
            where o.company_id = p_company_id and o.release_run_id = p_run_id
        )
        or exists (
            select
            from erp.production_order as o
            where o.company_id = p_company_id and o.short_close_run_id = p_run_id
        )
        or exists (
            select
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.registration_run_id = p_run_id
        )
        or exists (
            select from erp.lot as l
            where l.company_id = p_company_id and l.registration_run_id = p_run_id
        )
        or exists (
            select from erp.stock_document as d
            where d.company_id = p_company_id and d.run_id = p_run_id
        )
        or exists (
            select
            from erp.stock_document as d
            where d.company_id = p_company_id and d.removal_run_id = p_run_id
        )
        or exists (
            select
            from erp.run_order as a
            where
                a.company_id = p_company_id and a.run_id = p_run_id and a.outcome = 'split'
                and exists (
                    select
                    from erp.production_order as o
                    where
                        o.company_id = p_company_id and o.order_year = a.order_year
                        and o.order_number = a.order_number and o.order_lot > a.order_lot
                )
        );
end;
