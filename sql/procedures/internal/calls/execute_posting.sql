-- Executes a posting of stock documents: take their keys, lock the orders that they name, resolve, lock stock, plan,
-- write. The answer is written to run_row; a document that is unchanged has none.
-- Precondition: the run has begun. Locks (R62): documents by key; orders by id; job orders; stock keys; lots to be
-- made; numbering. Errors: 40001 if an order that a document names has been made meanwhile.
create or replace function erp_internal.execute_posting(
    p_company_id integer,
    p_run_id bigint,
    p_documents erp_internal.requested_document[],
    p_lines erp_internal.stock_document_line_row[],
    p_faults erp_internal.cell_fault[],
    p_all_or_none boolean
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_documents erp_internal.requested_document [];
    v_order_ids bigint [];
    v_resolved record;
    v_plan erp_internal.planned_movement [];
    v_counts erp_internal.record_count [];
    v_stopped boolean;
    v_previous_mode text;
begin
    v_previous_mode := erp_internal.set_write_mode('run');
    perform erp_internal.claim_documents(p_company_id, p_run_id, p_documents);
    v_documents := array(
        select d from erp_internal.find_documents(p_company_id, p_run_id, p_documents) as d
    );
    v_order_ids := array(
        select o.production_order_id
        from erp_internal.document_orders(p_company_id, v_documents, p_lines) as o
    );
    if v_order_ids <> '{}' then
        perform erp_internal.lock_orders(p_company_id, v_order_ids, false);
    end if;
    v_resolved := erp_internal.resolve_documents(p_company_id, v_documents, p_lines, p_faults);
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from (
        select m.production_order_id
        from unnest(v_resolved.moves) as m
        where m.production_order_id is not null
        except
        select o.production_order_id
        from unnest(v_order_ids) as o (production_order_id)
    ) as n;
    perform erp_internal.lock_stock(
        p_company_id,
        array(
            select k::erp_internal.stock_key
            from (
                select distinct m.warehouse_id, m.item_id, m.item_variant_id
                from unnest(v_resolved.moves) as m
            ) as k
        )
    );
    v_plan := array(
        select p
        from erp_internal.plan_documents(p_company_id, v_documents, v_resolved.moves, v_resolved.refusals) as p
    );
    v_stopped := p_all_or_none and exists (select from unnest(v_plan) as p where p.outcome = 'refused');

    -- what is not posted leaves its key free
    delete from erp.stock_document as d
    using
        unnest(v_plan) as p
    inner join unnest(p_documents) as c on c.ordinal = p.ordinal and c.refusal is null
    cross join lateral erp_internal.document_by_key(p_company_id, p.document_key) as f
    where
        p.line is null and (v_stopped or p.outcome = 'refused') and f.run_id = p_run_id and d.ctid = f.row_ctid;
    if not v_stopped then
        v_plan := erp_internal.exchange_made_lots(
            p_company_id,
            p_run_id,
            array(
                select m::erp_internal.made_lot
                from (
                    select
                        m.lot_id, m.item_id, m.item_variant_id, m.lot_code,
                        pg_catalog.min(p.record_date) as start_date
                    from unnest(v_plan) as p
                    inner join unnest(v_resolved.moves) as m
                        on
                            m.ordinal = p.ordinal and m.line = p.line and m.counterpart = p.counterpart
                            and m.lot_id = p.lot_id
                    where p.quantity > 0
                    group by 1, 2, 3, 4
                ) as m
            ),
            v_plan
        );
        v_counts := array(select c from erp_internal.write_records(p_company_id, p_run_id, v_plan) as c);
        perform erp_internal.add_picked_quantities(
            p_company_id,
            array(
                select q::erp_internal.material_pick
                from (
                    select
                        p.production_order_id,
                        p.material_line as line,
                        pg_catalog.sum(case when m.returned then -1 else 1 end * pg_catalog.abs(p.quantity)) as quantity
                    from unnest(v_plan) as p
                    inner join unnest(v_resolved.moves) as m
                        on m.ordinal = p.ordinal and m.line = p.line and m.counterpart = p.counterpart
                    where p.picked
                    group by p.production_order_id, p.material_line
                ) as q
            )
        );
    end if;
    perform erp_internal.set_write_mode(v_previous_mode);

    perform erp_internal.write_row_answers(
        p_company_id,
        p_run_id,
        array(
            select a::erp_internal.row_answer
            from (
                select
                    p.ordinal,
                    'stock_document' as kind,
                    p.ordinal as place,
                    pg_catalog.jsonb_build_object('document_key', p.document_key) as key,
                    case when v_stopped then 'refused' else p.outcome end as outcome,
                    coalesce(c.record_count, 0) as record_count,
                    coalesce(c.movement_count, 0) as movement_count,
                    case when p.outcome = 'refused' or not v_stopped then p.reasons else r.reasons end as reasons
                from unnest(v_plan) as p
                inner join unnest(v_documents) as d on d.ordinal = p.ordinal
                left join unnest(v_counts) as c on c.ordinal = p.ordinal
                left join erp_internal.render_reasons(
                    p_company_id,
                    array(
                        select
                            erp_internal.refusal(
                                p_ordinal => p.ordinal, p_code => 'all_or_none', p_order_label => p.document_key
                            )
                        from unnest(v_plan) as p
                        where v_stopped and p.line is null
                    )
                ) as r on r.ordinal = p.ordinal
                where p.line is null and d.posted_run_id is null
            ) as a
        )
    );
end;
$$;
