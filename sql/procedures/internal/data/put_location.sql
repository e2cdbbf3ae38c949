-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Puts rows of a kind: location. Returns the positions of those that were made and changed, and why others are not;
-- what is in none of these is unchanged, and no lock is held on it.
-- p_refused: positions of rows that are checked, but not written, since they are refused already. p_claimed:
-- whether the call has claimed the configuration; without that no guarded column changes.
-- Precondition: write mode run; the cells are without faults, and no key comes twice. Locks: the rows, in key order.
-- Errors: 40001 if what the call works on has been changed by another call meanwhile.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.put_location(
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
    v_plan erp_internal.location_plan [];
    v_refused integer [];
    v_rows erp_internal.sent_row [];
    v_row_count bigint;
begin
    v_plan := array(select p from erp_internal.plan_location(p_company_id, p_rows) as p);
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.guarded <> '{}' and not p_claimed;
    refusals := erp_internal.cell_refusals(
        array(select f from unnest(v_plan) as p cross join lateral unnest(p.faults) as f)
    );
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);

    -- a row that is there is locked, a new one is made, all in key order; whoever puts the same rows comes after
    with written as (
        insert into erp.location as t (company_id, warehouse_id, location_code, blocked)
        select p_company_id, p.warehouse_id, p.location_code, p.blocked
        from unnest(v_plan) as p
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        where p.differs and f.ordinal is null
        order by p.warehouse_id, p.location_code
        on conflict on constraint location_code_key do update set blocked = t.blocked where false
        returning t.warehouse_id, t.location_code
    )

    select coalesce(pg_catalog.array_agg(p.ordinal), '{}')
    into created
    from unnest(v_plan) as p
    inner join written as w on w.warehouse_id = p.warehouse_id and w.location_code = p.location_code;
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
    v_plan := array(select p from erp_internal.plan_location(p_company_id, v_rows) as p);
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.guarded <> '{}' and not p_claimed;
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.row_ctid is null or p.faults <> '{}';
    update erp.location as t
    set blocked = p.blocked
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
