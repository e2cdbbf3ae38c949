-- Executes a restore (R31-R36): lock orders and stock, plan, remove. The answer is written to run_order.
-- Precondition: the run has begun. Locks (R62): orders by id, with the other lots of their numbers, since a remainder
-- may be merged back; job orders; stock keys.
create or replace function erp_internal.execute_restore(
    p_company_id integer, p_run_id bigint, p_order_ids bigint[], p_all_or_none boolean
)
returns void
language plpgsql
volatile
as $$
declare
    v_requested record;
    v_answers erp_internal.call_answer [];
    v_stopped boolean;
    v_previous_mode text;
    v_caller constant text := erp_internal.caller_role();
    v_restored_ids bigint [];
    v_merged_ids bigint [];
    v_row_count bigint;
begin
    perform erp_internal.lock_orders(p_company_id, p_order_ids, true);
    v_requested := erp_internal.known_ids(p_company_id, 'order', p_order_ids);
    perform erp_internal.keep_unknown_count(p_company_id, p_run_id, v_requested.unknown);
    if pg_catalog.cardinality(v_requested.known_ids) = 0 then
        return;
    end if;
    perform erp_internal.lock_records(
        p_company_id,
        array(
            select erp_internal.removal(p_production_order_id => a.production_order_id)
            from unnest(v_requested.known_ids) as a (production_order_id)
        )
    );

    -- a launched remainder is removed with its order
    select
        pg_catalog.array_agg(a::erp_internal.call_answer),
        pg_catalog.array_agg(p.order_id) filter (where p.outcome = 'restored' and p.status = 'executive'),
        pg_catalog.array_agg(p.merged_order_id) filter (where p.outcome = 'restored' and p.merged_order_id is not null)
    into v_answers, v_restored_ids, v_merged_ids
    from erp_internal.plan_restore(p_company_id, v_requested.known_ids) as p
    cross join lateral (
        select
            v_requested.known_ordinals[p.ordinal] as ordinal,
            p.order_id as production_order_id,
            null::bigint as production_declaration_id,
            p.outcome,
            p.record_count,
            p.movement_count,
            p.merged_order_id as other_order_id,
            p.reasons
    ) as a;
    v_stopped := erp_internal.stops_call(
        p_all_or_none, v_requested.unknown, array(select a.outcome from unnest(v_answers) as a)
    );
    perform erp_internal.write_answers(
        p_company_id, p_run_id, pg_catalog.cardinality(v_requested.known_ids), v_answers, v_stopped
    );
    if v_stopped or v_restored_ids is null then
        return;
    end if;

    v_previous_mode := erp_internal.set_write_mode('run');
    perform erp_internal.remove_records(
        p_company_id,
        array(
            select erp_internal.removal(p_production_order_id => a.production_order_id)
            from unnest(v_restored_ids) as a (production_order_id)
        ),
        p_run_id
    );
    perform erp_internal.give_back_commitments(p_company_id, v_restored_ids, v_merged_ids);
    delete from erp.released_material as m
    where m.company_id = p_company_id and m.production_order_id = any (v_restored_ids);

    update erp.production_order as o
    set
        status = 'launched', release_run_id = null, released_at = null, changed_at = pg_catalog.now(),
        changed_by = v_caller, quantity = coalesce(s.quantity, o.quantity)
    from unnest(v_restored_ids) as a (production_order_id)
    cross join lateral erp_internal.order_row(p_company_id, a.production_order_id) as f
    left join lateral erp_internal.split_of_order(p_company_id, a.production_order_id) as s
        on s.remainder_order_id = any (v_merged_ids)
    where f.status = 'executive' and o.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_restored_ids), v_row_count);

    delete from erp.production_order_split as s
    where s.company_id = p_company_id and s.production_order_id = any (v_restored_ids);
    if v_merged_ids is not null then
        delete from erp.production_order as o
        using
            unnest(v_merged_ids) as a (production_order_id)
        cross join lateral erp_internal.order_row(p_company_id, a.production_order_id) as f
        where f.status = 'launched' and o.ctid = f.row_ctid;
        get diagnostics v_row_count = row_count;
        perform erp_internal.assert_row_count(pg_catalog.cardinality(v_merged_ids), v_row_count);
    end if;
    perform erp_internal.set_write_mode(v_previous_mode);

    perform erp_internal.refresh_jobs_of_orders(p_company_id, v_restored_ids);
end;
$$;
