-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Puts rows of a kind: item_location. Returns the positions of those that were made and changed, and why others are not;
-- what is in none of these is unchanged, and no lock is held on it.
-- p_refused: positions of rows that are checked, but not written, since they are refused already.
-- Precondition: write mode run; the cells are without faults, and no key comes twice. Locks: the rows, in key order.
-- Errors: 40001 if what the call works on has been changed by another call meanwhile.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.put_item_location(
    p_company_id integer,
    p_rows erp_internal.sent_row[],
    p_refused integer[],
    out created integer[],
    out changed integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_plan erp_internal.item_location_plan [];
    v_refused integer [];
    v_rows erp_internal.sent_row [];
    v_row_count bigint;
begin
    v_plan := array(select p from erp_internal.plan_item_location(p_company_id, p_rows) as p);
    refusals := erp_internal.cell_refusals(
        array(select f from unnest(v_plan) as p cross join lateral unnest(p.faults) as f)
    );
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);

    -- a row that is there is locked, a new one is made, all in key order; whoever puts the same rows comes after
    with written as (
        insert into erp.item_location as t (company_id, item_id, warehouse_id, location_id, priority)
        select p_company_id, p.item_id, p.warehouse_id, p.location_id, p.priority
        from unnest(v_plan) as p
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        where p.differs and f.ordinal is null
        order by p.item_id, p.warehouse_id, p.location_id
        on conflict on constraint item_location_pkey do update set priority = t.priority where false
        returning t.item_id, t.warehouse_id, t.location_id
    )

    select coalesce(pg_catalog.array_agg(p.ordinal), '{}')
    into created
    from unnest(v_plan) as p
    inner join written as w on w.item_id = p.item_id and w.warehouse_id = p.warehouse_id and w.location_id = p.location_id;
    -- a row that was there has been deleted meanwhile
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    inner join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
    where p.row_ctid is not null;

    v_rows := array(
        select r
        from unnest(p_rows) as r
        inner join unnest(v_plan) as p on p.ordinal = r.ordinal
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        left join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
        where p.differs and f.ordinal is null and (c.ordinal is null)
    );
    if v_rows = '{}' then
        changed := '{}';
        return;
    end if;
    -- what was locked is read again: it may have changed until then
    v_plan := array(select p from erp_internal.plan_item_location(p_company_id, v_rows) as p);
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.row_ctid is null or p.faults <> '{}';
    update erp.item_location as t
    set priority = p.priority
    from unnest(v_plan) as p
    where p.differs and t.company_id = p_company_id and t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
    from unnest(v_plan) as p
    where p.differs;
    changed := array(
        select p.ordinal
        from unnest(v_plan) as p
        left join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
        where p.differs and c.ordinal is null
    );
end;
$$;
