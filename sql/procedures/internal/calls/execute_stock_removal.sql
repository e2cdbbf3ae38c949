-- Takes stock documents back (R18, R37, R38): lock documents, the orders that they name, and stock; check, remove. The
-- answer is written to run_row.
-- Precondition: the run has begun. Locks (R62): documents by key; orders by id; job orders; stock keys; lots, without
-- waiting.
create or replace function erp_internal.execute_stock_removal(
    p_company_id integer, p_run_id bigint, p_document_keys text[], p_all_or_none boolean
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_removals erp_internal.removal [];
    v_order_ids bigint [];
    v_found erp_internal.refusal [];
    v_counted erp_internal.refusal [];
    v_refusals erp_internal.refusal [];
    v_more erp_internal.refusal [];
    v_removed erp_internal.removal [];
    v_counts erp_internal.record_count [];
    v_lot_ids bigint [];
    v_stopped boolean;
    v_previous_mode text;
    v_row_count bigint;
begin
    perform erp_internal.lock_documents(p_company_id, p_document_keys);
    v_removals := array(
        select erp_internal.removal(p_document_key => d.document_key)
        from unnest(p_document_keys) with ordinality as a (document_key, ordinal)
        left join lateral erp_internal.document_by_key(p_company_id, a.document_key) as d on d.removal_run_id is null
        order by a.ordinal
    );
    v_order_ids := array(
        select distinct r.production_order_id
        from unnest(v_removals) as a
        cross join lateral erp_internal.records_of_document(p_company_id, a.document_key) as r
        where r.production_order_id is not null
    );
    if v_order_ids <> '{}' then
        perform erp_internal.lock_orders(p_company_id, v_order_ids, false);
    end if;
    perform erp_internal.lock_records(p_company_id, v_removals);

    v_found := array(
        select
            erp_internal.refusal(
                p_ordinal => r.ordinal,
                p_code => r.code,
                p_order_label => p_document_keys[r.ordinal],
                p_record_date => r.record_date,
                p_document_key => p_document_keys[r.ordinal]
            )
        from (
            select a.ordinality as ordinal, 'document_not_found' as code, null::date as record_date
            from unnest(v_removals) with ordinality as a
            where a.document_key is null
            union all
            select r.ordinal, 'period_closed', pg_catalog.min(r.record_date)
            from erp_internal.records_in_force(p_company_id, v_removals) as r
            inner join erp.production_parameter as p on p.company_id = p_company_id
            where not r.record_date between p.period_start and p.period_end
            group by r.ordinal
        ) as r
    );
    -- whatever keeps one document may keep another that relies on it
    v_counted := array(
        select c from erp_internal.check_document_removals(p_company_id, v_removals, v_found) as c
    );
    loop
        v_refusals := v_found || v_counted || array(
            select j
            from erp_internal.check_removals(p_company_id, v_removals, v_found || v_counted) as j
        );
        v_more := array(
            select c from erp_internal.check_document_removals(p_company_id, v_removals, v_refusals) as c
        );
        exit when v_more = '{}';
        v_counted := v_counted || v_more;
    end loop;
    v_stopped := p_all_or_none and exists (select from erp_internal.refused_ordinals(v_refusals));
    if v_stopped then
        v_refusals := v_refusals || array(
            select
                erp_internal.refusal(
                    p_ordinal => a.ordinal, p_code => 'all_or_none', p_order_label => a.document_key
                )
            from unnest(p_document_keys) with ordinality as a (document_key, ordinal)
            left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinal
            where f.ordinal is null
        );
    end if;
    v_removed := array(
        select erp_internal.removal(p_document_key => a.document_key)
        from unnest(v_removals) with ordinality as a
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinality
        where f.ordinal is null
        order by a.ordinality
    );
    v_counts := array(select c from erp_internal.counts_in_force(p_company_id, v_removals) as c);

    perform erp_internal.write_row_answers(
        p_company_id,
        p_run_id,
        array(
            select a::erp_internal.row_answer
            from (
                select
                    a.ordinal::integer as ordinal,
                    'stock_document' as kind,
                    a.ordinal::integer as place,
                    pg_catalog.jsonb_build_object('document_key', a.document_key) as key,
                    case when f.ordinal is null then 'removed' else 'refused' end as outcome,
                    case when f.ordinal is null then coalesce(c.record_count, 0) else 0 end as record_count,
                    case when f.ordinal is null then coalesce(c.movement_count, 0) else 0 end as movement_count,
                    coalesce(r.reasons, '[]') as reasons
                from unnest(p_document_keys) with ordinality as a (document_key, ordinal)
                left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinal
                left join unnest(v_counts) as c on c.ordinal = a.ordinal
                left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = a.ordinal
            ) as a
        )
    );

    v_lot_ids := array(
        select distinct m.lot_id
        from erp_internal.movements_in_force(p_company_id, v_removed) as m
        where m.lot_id is not null and m.quantity > 0
    );
    v_previous_mode := erp_internal.set_write_mode('run');
    perform erp_internal.add_picked_quantities(
        p_company_id,
        array(
            select q::erp_internal.material_pick
            from (
                select
                    r.production_order_id,
                    m.material_line as line,
                    pg_catalog.sum(case when n.unit_quantity < 0 then -1 else 1 end * m.quantity) as quantity
                from unnest(v_removed) as a
                cross join lateral erp_internal.records_of_document(p_company_id, a.document_key) as r
                cross join lateral erp_internal.movements_of_record(
                    p_company_id, r.record_date, r.stock_record_id
                ) as m
                cross join lateral erp_internal.material_by_line(
                    p_company_id, r.production_order_id, m.material_line
                ) as n
                where m.picked
                group by r.production_order_id, m.material_line
            ) as q
        )
    );
    perform erp_internal.remove_records(p_company_id, v_removed, p_run_id);
    perform erp_internal.remove_made_lots(p_company_id, v_lot_ids);
    update erp.stock_document as d
    set removal_run_id = p_run_id
    from unnest(v_removed) as u
    cross join lateral erp_internal.document_by_key(p_company_id, u.document_key) as f
    where f.removal_run_id is null and d.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.set_write_mode(v_previous_mode);
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_removed), v_row_count);
end;
$$;
