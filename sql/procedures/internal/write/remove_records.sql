-- Removes the records in force of orders, declarations or documents (see erp_internal.records_in_force) and keeps them
-- in the history (R31, R37, R53).
-- Precondition: orders and stock are locked, the write mode is run. No row is looked up twice, so nothing is memoized.
-- Runs on plans that may be older than all records: a page that was read to be locked costs nothing, so a row is
-- fetched by its ctid, and not by reading all of its day.
create or replace function erp_internal.remove_records(
    p_company_id integer, p_removals erp_internal.removal[], p_removal_run_id bigint
)
returns void
language plpgsql
volatile
set enable_memoize = off
set random_page_cost = 0
as $$
begin
    with record as materialized (
        select a.record_date, a.stock_record_id
        from erp_internal.records_in_force(p_company_id, p_removals) as a
    ),

    -- the lock of the orders protects their records; each row is found by its key. A ctid says which row it is only
    -- within a partition, and the date says which partition.
    movement as (
        delete from erp.stock_movement as m
        using
            record as a
        cross join lateral (
            select
                f.record_date,
                f.ctid as row_ctid
            from erp.stock_movement as f
            where
                f.company_id = p_company_id and f.record_date = a.record_date
                and f.stock_record_id = a.stock_record_id
            order by f.line
            offset 0
        ) as f
        where m.record_date = f.record_date and m.ctid = f.row_ctid
        returning m.*
    ),

    head as (
        delete from erp.stock_record as r
        using
            record as a
        cross join lateral (
            select
                f.record_date,
                f.ctid as row_ctid
            from erp.stock_record as f
            where
                f.company_id = p_company_id and f.record_date = a.record_date
                and f.stock_record_id = a.stock_record_id
            offset 0
        ) as f
        where r.record_date = f.record_date and r.ctid = f.row_ctid
        returning r.*
    ),

    kept as (
        insert into erp.removed_stock_record (
            company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number,
            production_order_id, order_year, order_number, order_lot, job_order_id, project,
            production_declaration_id, document_key, run_id, created_at, removal_run_id
        )
        select
            r.company_id, r.record_date, r.stock_record_id, r.warehouse_id, r.movement_reason_id, r.record_number,
            r.production_order_id, r.order_year, r.order_number, r.order_lot, r.job_order_id, r.project,
            r.production_declaration_id, r.document_key, r.run_id, r.created_at, p_removal_run_id
        from head as r
    )

    insert into erp.removed_stock_movement (
        company_id, record_date, stock_record_id, line, warehouse_id, item_id, item_variant_id, lot_id, lot_code,
        location_id, quantity, material_line, picking_type, resolved_by, counterpart, picked
    )
    select
        m.company_id, m.record_date, m.stock_record_id, m.line, m.warehouse_id, m.item_id, m.item_variant_id,
        m.lot_id, t.lot_code, m.location_id, m.quantity, m.material_line, m.picking_type, m.resolved_by, m.counterpart,
        m.picked
    from movement as m
    left join lateral erp_internal.lot_by_id(p_company_id, m.lot_id) as t on true;
end;
$$;
