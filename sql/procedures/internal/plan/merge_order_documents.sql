-- Merges documents of a put with what there is, read in one statement: what is to be written of orders, phases,
-- materials and lots, and all faults that are not those of cells. Of a row that is to be deleted only that is asked.
-- Lists that are what there is are left alone, as if they had not been sent.
-- Preview asks it alone; a put asks it again for the orders that it has locked.
create or replace function erp_internal.merge_order_documents(
    p_company_id integer,
    p_orders erp_internal.production_order_row[],
    p_phases erp_internal.production_order_phase_row[],
    p_materials erp_internal.production_order_material_row[],
    p_lots erp_internal.material_lot_row[],
    out orders erp_internal.put_order[],
    out phases erp_internal.put_phase[],
    out materials erp_internal.put_material[],
    out lots erp_internal.put_material_lot[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_there record;
    v_phases erp_internal.production_order_phase_row [];
    v_materials erp_internal.production_order_material_row [];
    v_merged record;
begin
    v_there := erp_internal.order_documents(p_company_id, p_orders, p_phases, p_materials, p_lots);
    v_phases := p_phases;
    v_materials := p_materials;
    if v_there.settled <> '{}' then
        v_phases := array(
            select p
            from unnest(p_phases) as p
            where p.ordinal not in (select q.ordinal from unnest(v_there.settled) as q (ordinal))
        );
        v_materials := array(
            select m
            from unnest(p_materials) as m
            where m.ordinal not in (select q.ordinal from unnest(v_there.settled) as q (ordinal))
        );
    end if;
    v_merged := erp_internal.merge_orders(p_company_id, p_orders, v_there.orders, v_there.settled);
    orders := v_merged.orders;
    faults := v_merged.faults;
    v_merged := erp_internal.merge_order_phases(p_company_id, orders, v_phases, v_there.phases);
    phases := v_merged.phases;
    faults := faults || v_merged.faults;
    v_merged := erp_internal.merge_order_materials(
        p_company_id, orders, v_materials, v_phases, v_there.materials, v_there.phases, v_there.lots
    );
    materials := v_merged.materials;
    faults := faults || v_merged.faults;
    v_merged := erp_internal.merge_material_lots(p_company_id, orders, materials, p_lots, v_there.lots);
    lots := v_merged.lots;
    faults := faults || v_merged.faults
        || array(select f from erp_internal.order_deletion_faults(p_company_id, orders) as f);
end;
$$;
