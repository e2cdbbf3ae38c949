-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Puts rows of a kind: company. Returns the positions of those that were made and changed, and why others are not;
-- what is in none of these is unchanged, and no lock is held on it.
-- p_refused: positions of rows that are checked, but not written, since they are refused already. p_claimed:
-- whether the call has claimed the configuration; without that no guarded column changes.
-- Precondition: write mode run; the cells are without faults, and no key comes twice. Locks: the rows, in key order.
-- Errors: 40001 if what the call works on has been changed by another call meanwhile.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.put_company(
    p_company_id integer,
    p_rows erp_internal.sent_row[],
    p_refused integer[],
    p_claimed boolean,
    out created integer[],
    out changed integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_plan erp_internal.company_plan [];
    v_refused integer [];
begin
    v_plan := array(select p from erp_internal.plan_company(p_company_id, p_rows) as p);
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.guarded <> '{}' and not p_claimed;
    refusals := erp_internal.cell_refusals(
        array(select f from unnest(v_plan) as p cross join lateral unnest(p.faults) as f)
    ) || array(
        select r from erp_internal.refuse_company_changes(p_company_id, v_plan) as r
    );
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);
    created := '{}';
    changed := array(select p.ordinal from unnest(v_plan) as p where p.differs and p.ordinal <> all (v_refused));
    -- there is one row at most
    if changed <> '{}' then
        -- description is locked with the rest of its row, and read again
        perform from erp.company as c where c.company_id = p_company_id for no key update;
        v_plan := array(select p from erp_internal.plan_company(p_company_id, p_rows) as p);
        perform erp_internal.assert_row_count(0, pg_catalog.count(*))
        from unnest(v_plan) as p
        where p.guarded <> '{}' and not p_claimed;
        update erp.company as t
        set description = p.description
        from unnest(v_plan) as p
        where
            t.company_id = p_company_id
            and (t.description)
            is distinct from (p.description);
        update erp.production_parameter as t
        set wip_management = p.wip_management, split_on_shortage = p.split_on_shortage, transfer_manual_to_wip = p.transfer_manual_to_wip, allow_negative_stock = p.allow_negative_stock, over_production_percent = p.over_production_percent, note_required = p.note_required, notify_runs = p.notify_runs, time_zone = p.time_zone, period_start = p.period_start, period_end = p.period_end
        from unnest(v_plan) as p
        where
            t.company_id = p_company_id
            and (t.wip_management, t.split_on_shortage, t.transfer_manual_to_wip, t.allow_negative_stock, t.over_production_percent, t.note_required, t.notify_runs, t.time_zone, t.period_start, t.period_end)
            is distinct from (p.wip_management, p.split_on_shortage, p.transfer_manual_to_wip, p.allow_negative_stock, p.over_production_percent, p.note_required, p.notify_runs, p.time_zone, p.period_start, p.period_end);
    end if;
end;
$$;
