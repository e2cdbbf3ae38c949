-- Executes the merge of remainders (R57): lock, plan, write. Nothing moves. The answer is written to run_order.
-- Precondition: the run has begun. Locks (R62): orders by id, with the other lots of their numbers, since into one of
-- them each goes; job orders.
create or replace function erp_internal.execute_merge(
    p_company_id integer, p_run_id bigint, p_order_ids bigint[], p_all_or_none boolean
)
returns void
language plpgsql
volatile
as $$
declare
    v_caller constant text := erp_internal.caller_role();
    v_requested record;
    v_answers erp_internal.call_answer [];
    v_merged record;
    v_stopped boolean;
    v_previous_mode text;
    v_row_count bigint;
begin
    perform erp_internal.lock_orders(p_company_id, p_order_ids, true);
    v_requested := erp_internal.known_ids(p_company_id, 'order', p_order_ids);
    perform erp_internal.keep_unknown_count(p_company_id, p_run_id, v_requested.unknown);
    if pg_catalog.cardinality(v_requested.known_ids) = 0 then
        return;
    end if;

    select
        pg_catalog.array_agg(a::erp_internal.call_answer) as answers,
        pg_catalog.array_agg(p.order_id) filter (where p.outcome = 'merged') as order_ids,
        pg_catalog.array_agg(p.into_order_id) filter (where p.outcome = 'merged') as into_ids,
        pg_catalog.array_agg(p.quantity) filter (where p.outcome = 'merged') as quantities
    into v_merged
    from erp_internal.plan_merge(p_company_id, v_requested.known_ids) as p
    cross join lateral (
        select
            v_requested.known_ordinals[p.ordinal] as ordinal,
            p.order_id as production_order_id,
            null::bigint as production_declaration_id,
            p.outcome,
            0 as record_count,
            0 as movement_count,
            p.into_order_id as other_order_id,
            p.reasons
    ) as a;
    v_answers := v_merged.answers;
    v_stopped := erp_internal.stops_call(
        p_all_or_none, v_requested.unknown, array(select a.outcome from unnest(v_answers) as a)
    );
    perform erp_internal.write_answers(
        p_company_id, p_run_id, pg_catalog.cardinality(v_requested.known_ids), v_answers, v_stopped
    );
    if v_stopped or v_merged.order_ids is null then
        return;
    end if;

    v_previous_mode := erp_internal.set_write_mode('run');
    insert into erp.material_lot as m (company_id, production_order_id, line, item_id, lot_id, quantity)
    select p_company_id, a.into_order_id, c.line, c.item_id, c.lot_id, pg_catalog.sum(c.quantity)
    from unnest(v_merged.order_ids, v_merged.into_ids) as a (production_order_id, into_order_id)
    cross join lateral erp_internal.commitments_of_order(p_company_id, a.production_order_id) as c
    group by a.into_order_id, c.line, c.item_id, c.lot_id
    on conflict on constraint material_lot_pkey do update set quantity = m.quantity + excluded.quantity;

    update erp.production_order as o
    set quantity = o.quantity + a.quantity, changed_at = pg_catalog.now(), changed_by = v_caller
    from (
        select a.into_order_id, pg_catalog.sum(a.quantity) as quantity
        from unnest(v_merged.into_ids, v_merged.quantities) as a (into_order_id, quantity)
        group by a.into_order_id
        offset 0
    ) as a
    cross join lateral erp_internal.order_row(p_company_id, a.into_order_id) as f
    where f.status = 'launched' and o.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.count(distinct a.into_order_id), v_row_count)
    from unnest(v_merged.into_ids) as a (into_order_id);

    delete from erp.production_order as o
    using unnest(v_merged.order_ids) as a (production_order_id)
    cross join lateral erp_internal.order_row(p_company_id, a.production_order_id) as f
    where f.status = 'launched' and o.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_merged.order_ids), v_row_count);
    perform erp_internal.set_write_mode(v_previous_mode);

    perform erp_internal.refresh_jobs_of_orders(p_company_id, v_merged.into_ids);
end;
$$;
