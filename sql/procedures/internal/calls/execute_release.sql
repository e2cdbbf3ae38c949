-- Executes a release (R2, R7, R8): lock orders, read, resolve, lock stock, plan, write. The answer is written to
-- run_order.
-- Precondition: the run has begun. Locks (R62): orders by id, with the other lots of their numbers if the call may
-- split; job orders; stock keys; numbering.
create or replace function erp_internal.execute_release(
    p_company_id integer,
    p_run_id bigint,
    p_order_ids bigint[],
    p_quantities erp_internal.requested_quantity[],
    p_record_date date,
    p_split boolean,
    p_all_or_none boolean
)
returns void
language plpgsql
volatile
as $$
declare
    v_caller constant text := erp_internal.caller_role();
    v_requested record;
    v_orders erp_internal.requested_order [];
    v_unmoved erp_internal.unmoved_material [];
    v_needs erp_internal.material_need [];
    v_demand erp_internal.material_demand [];
    v_cells erp_internal.stock_cell [];
    v_plan erp_internal.planned_movement [];
    v_stopped boolean;
    v_splits erp_internal.order_split [];
    v_counts erp_internal.record_count [];
    v_previous_mode text;
    v_row_count bigint;
begin
    perform erp_internal.lock_orders(
        p_company_id, p_order_ids, p_split or pg_catalog.cardinality(p_quantities) > 0
    );
    v_requested := erp_internal.known_ids(p_company_id, 'order', p_order_ids);
    perform erp_internal.keep_unknown_count(p_company_id, p_run_id, v_requested.unknown);
    if pg_catalog.cardinality(v_requested.known_ids) = 0 then
        return;
    end if;
    v_orders := array(
        select o
        from erp_internal.read_orders(
            p_company_id, v_requested.known_ids, p_record_date, p_split, p_quantities
        ) as o
    );
    select m.needs, m.unmoved
    into v_needs, v_unmoved
    from erp_internal.material_needs(p_company_id, v_orders) as m;
    v_demand := array(select d from erp_internal.resolve_needs(p_company_id, v_needs) as d);

    perform erp_internal.lock_demand(p_company_id, v_demand);

    v_cells := erp_internal.stock_cells(p_company_id, v_demand);
    v_plan := array(
        select p
        from erp_internal.plan_movements(p_company_id, p_split, 'released', v_orders, v_demand, v_cells) as p
    );
    v_stopped := erp_internal.stops_call(
        p_all_or_none, v_requested.unknown, array(select p.outcome from unnest(v_plan) as p)
    );

    if not v_stopped then
        v_previous_mode := erp_internal.set_write_mode('run');
        v_splits := array(select s from erp_internal.split_orders(p_company_id, v_plan, v_caller) as s);
        v_counts := array(
            select c
            from erp_internal.write_records(p_company_id, p_run_id, v_plan) as c
        );
        perform erp_internal.keep_materials(p_company_id, v_unmoved, v_demand, v_plan, v_splits);
        perform erp_internal.consume_commitments(p_company_id, v_plan);

        update erp.production_order as o
        set
            status = 'executive', release_run_id = p_run_id, released_at = pg_catalog.now(),
            changed_at = pg_catalog.now(), changed_by = v_caller
        from unnest(v_plan) as p
        cross join lateral erp_internal.order_row(p_company_id, p.production_order_id) as f
        where p.outcome <> 'refused' and p.line is null and f.status = 'launched' and o.ctid = f.row_ctid;
        get diagnostics v_row_count = row_count;
        perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
        from unnest(v_plan) as p
        where p.outcome <> 'refused' and p.line is null;
        perform erp_internal.set_write_mode(v_previous_mode);

        perform erp_internal.refresh_jobs_of_orders(p_company_id, v_requested.known_ids);
    end if;

    perform erp_internal.write_answers(
        p_company_id, p_run_id, pg_catalog.cardinality(v_orders),
        array(select a from erp_internal.plan_answers(v_requested.known_ordinals, v_plan, v_counts, v_splits) as a),
        v_stopped
    );
end;
$$;
