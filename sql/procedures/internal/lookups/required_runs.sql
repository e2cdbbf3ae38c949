-- Returns the runs without which a run is not archived (R80): those with which it shares records that one made and the
-- other took back, and of what it took back without a record, the run that had done it. So what remains of the history
-- of an order has a way back for all that it tells was done and is not in force.
create or replace function erp_internal.required_runs(p_company_id integer, p_run_id bigint)
returns setof bigint
language sql
stable
begin atomic
    select r.removal_run_id
    from erp.removed_stock_record as r
    where r.company_id = p_company_id and r.run_id = p_run_id
    union
    select r.run_id
    from erp.removed_stock_record as r
    where r.company_id = p_company_id and r.removal_run_id = p_run_id
    union
    select d.run_id
    from erp.run_order as b
    inner join erp.run_place as l on l.company_id = p_company_id and l.run_id = p_run_id
    cross join
        lateral (
            select d.run_id
            from erp.run_order as d
            cross join
                lateral (
                    select e.turn
                    from erp.run_place as e
                    where e.company_id = p_company_id and e.run_id = d.run_id
                    offset 0
                ) as e
            where
                d.company_id = p_company_id and d.production_order_id = b.production_order_id
                and d.production_declaration_id is not distinct from b.production_declaration_id
                and d.outcome = any(
                    case b.outcome
                        when 'restored' then array['released', 'split']
                        when 'rolled_back' then array['registered']
                        else array['closed']
                    end
                )
                and e.turn < l.turn
            order by e.turn desc
            limit 1
        ) as d
    where
        b.company_id = p_company_id and b.run_id = p_run_id and b.outcome in ('restored', 'rolled_back', 'reopened');
end;
