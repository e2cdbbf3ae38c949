-- Executes a registration (R51, R52): lock orders, read, resolve, lock stock, plan, write. The answer is written to
-- run_order.
-- p_record_date: null for the day of each declaration (erp_internal.read_declarations).
-- Precondition: the run has begun. Locks (R62): orders by id; job orders; stock keys; lots to be made; numbering.
create or replace function erp_internal.execute_registration(
    p_company_id integer, p_run_id bigint, p_declaration_ids bigint[], p_record_date date
)
returns void
language plpgsql
volatile
as $$
declare
    v_ordinals integer [];
    v_declarations erp_internal.requested_declaration [];
    v_demand erp_internal.material_demand [];
    v_plan erp_internal.planned_movement [];
    v_counts erp_internal.record_count [];
    v_previous_mode text;
    v_row_count bigint;
begin
    select r.ordinals, r.declarations
    into v_ordinals, v_declarations
    from erp_internal.lock_and_read_declarations(
        p_company_id, p_run_id, p_declaration_ids, 'registration', p_record_date
    ) as r;
    if v_declarations = '{}' then
        return;
    end if;
    v_demand := array(select d from erp_internal.resolve_declarations(p_company_id, v_declarations) as d);
    perform erp_internal.lock_demand(p_company_id, v_demand);
    v_plan := array(
        select p
        from erp_internal.plan_registration(
            p_company_id, v_declarations, v_demand, erp_internal.stock_cells(p_company_id, v_demand)
        ) as p
    );
    v_plan := erp_internal.exchange_made_lots(
        p_company_id,
        p_run_id,
        array(
            select m::erp_internal.made_lot
            from (
                select
                    p.lot_id, p.item_id, coalesce(p.item_variant_id, 0) as item_variant_id, d.lot_code,
                    pg_catalog.min(p.record_date) as start_date
                from unnest(v_plan) as p
                inner join unnest(v_declarations) as d on d.turn = p.ordinal
                where p.line <= 0 and p.lot_id is not null
                group by p.lot_id, p.item_id, p.item_variant_id, d.lot_code
            ) as m
        ),
        v_plan
    );

    v_previous_mode := erp_internal.set_write_mode('run');
    v_counts := array(
        select c
        from erp_internal.write_records(p_company_id, p_run_id, v_plan) as c
    );
    perform erp_internal.write_answers(
        p_company_id, p_run_id, pg_catalog.cardinality(v_declarations),
        array(
            select a
            from erp_internal.plan_answers(
                array(select v_ordinals[d.ordinal] from unnest(v_declarations) as d order by d.turn),
                v_plan, v_counts
            ) as a
        )
    );

    update erp.production_declaration as d
    set registration_run_id = p_run_id, produced_quantity = a.produced_quantity, closed_order = a.closing
    from unnest(v_plan) as p
    inner join unnest(v_declarations) as a on a.turn = p.ordinal
    cross join lateral erp_internal.declaration_row(p_company_id, p.production_declaration_id) as f
    where p.line is null and p.outcome = 'registered' and f.registration_run_id is null and d.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.set_write_mode(v_previous_mode);
    perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
    from unnest(v_plan) as p
    where p.line is null and p.outcome = 'registered';
    perform erp_internal.refresh_declared_orders(
        p_company_id,
        array(
            select d
            from unnest(v_declarations) as d
            inner join unnest(v_plan) as p on p.ordinal = d.turn and p.line is null
            where p.outcome = 'registered'
        ),
        1
    );
end;
$$;
