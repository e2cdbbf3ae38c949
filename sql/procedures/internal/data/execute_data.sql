-- Puts and deletes sent rows (R70, R72, R73), kind by kind: first all that is put, in the order of references, then all
-- that is deleted, the other way round. Returns the answer of each row. A preview, and a call that all-or-none stops,
-- undo at the end what they did.
-- p_faults: what erp_internal.check_data found. p_claimed: whether the call has claimed the configuration, or is a
-- preview. Locks (R62): rows of each kind, in key order, job orders before lots. Errors: 40001.
create or replace function erp_internal.execute_data(
    p_company_id integer,
    p_elements erp_internal.data_element[],
    p_faults erp_internal.cell_fault[],
    p_claimed boolean,
    p_all_or_none boolean,
    p_preview boolean
)
returns setof erp_internal.row_answer
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    c_undone constant text := 'PR000';
    v_kinds text [];
    v_kind text;
    v_rows erp_internal.sent_row [];
    -- of rows with a fault in their key, or a key that stands before them, nothing else is asked
    v_unknown integer [];
    v_faulty integer [];
    v_done record;
    v_created integer [] := array[]::integer [];
    v_changed integer [] := array[]::integer [];
    v_deleted integer [] := array[]::integer [];
    v_refusals erp_internal.refusal [] := erp_internal.cell_refusals(p_faults);
    v_previous_mode text;
    v_stopped boolean := false;
begin
    select
        coalesce(pg_catalog.array_agg(distinct f.ordinal), '{}'),
        coalesce(
            pg_catalog.array_agg(distinct f.ordinal) filter (
                where f.code = 'duplicate_key' or f.column_name = any (k.key_columns) or e.deletion
            ),
            '{}'
        )
    into v_faulty, v_unknown
    from unnest(p_faults) as f
    inner join unnest(p_elements) as e on e.ordinal = f.ordinal
    inner join erp_internal.put_kinds() as k on k.kind = e.kind;
    v_kinds := array(
        select k.kind
        from erp_internal.put_kinds() as k
        where k.kind in (select e.kind from unnest(p_elements) as e)
        order by k.turn
    );

    begin
        v_previous_mode := erp_internal.set_write_mode('run');
        foreach v_kind in array v_kinds loop
            v_rows := erp_internal.rows_of_kind(v_kind, false, p_elements, p_faults, v_unknown);
            continue when v_rows = '{}';
            v_done := erp_internal.put_rows(p_company_id, v_kind, v_rows, v_faulty, p_claimed);
            v_created := v_created || v_done.created;
            v_changed := v_changed || v_done.changed;
            -- what a fault says of a cell already is not said again; rules ask rows whose cells are all right
            v_refusals := v_refusals || array(
                select r
                from unnest(v_done.refusals) as r
                where
                    not exists (
                        select
                        from unnest(p_faults) as f
                        where
                            f.ordinal = r.ordinal
                            and (f.column_name = r.column_name or r.code = 'rule_broken')
                    )
            );
            if v_kind = 'job_order' then
                perform erp_internal.refresh_put_job_orders(
                    p_company_id, v_rows, v_done.created || v_done.changed
                );
            end if;
        end loop;

        for v_kind in select k.kind from unnest(v_kinds) with ordinality as k (kind, turn) order by k.turn desc loop
            v_rows := erp_internal.rows_of_kind(v_kind, true, p_elements, p_faults, v_unknown);
            continue when v_rows = '{}';
            v_done := erp_internal.delete_rows(p_company_id, v_kind, v_rows, p_claimed);
            v_deleted := v_deleted || v_done.deleted;
            v_refusals := v_refusals || v_done.refusals;
        end loop;
        perform erp_internal.set_write_mode(v_previous_mode);

        v_stopped := p_all_or_none and v_refusals <> '{}';
        if v_stopped or p_preview then
            raise exception using errcode = c_undone, message = 'undone';
        end if;
    exception
        when sqlstate 'PR000' then
            null;
    end;

    if v_stopped then
        v_refusals := v_refusals || array(
            select
                erp_internal.refusal(
                    p_ordinal => e.ordinal,
                    p_code => 'all_or_none',
                    p_order_label => erp_internal.row_label(e.kind, e.key)
                )
            from unnest(p_elements) as e
            where not exists (select from unnest(v_refusals) as r where r.ordinal = e.ordinal)
        );
    end if;
    return query
    select
        e.ordinal,
        e.kind,
        e.place,
        e.key,
        case
            when r.ordinal is not null then 'refused'
            when d.outcome is not null then d.outcome
            else 'unchanged'
        end as outcome,
        0 as record_count,
        0 as movement_count,
        coalesce(r.reasons, '[]') as reasons
    from unnest(p_elements) as e
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = e.ordinal
    left join (
        select c.ordinal, 'created' as outcome from unnest(v_created) as c (ordinal)
        union all
        select c.ordinal, 'changed' as outcome from unnest(v_changed) as c (ordinal)
        union all
        select c.ordinal, 'deleted' as outcome from unnest(v_deleted) as c (ordinal)
    ) as d on d.ordinal = e.ordinal;
end;
$$;
