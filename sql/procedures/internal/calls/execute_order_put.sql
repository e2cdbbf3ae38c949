-- Executes a put of orders (R70-R72): compare, lock what differs, compare again, write. The answer is written to
-- run_order, but for what is unchanged, which is not locked either.
-- A new order cannot be locked; it is made, and if another call was at the same, this one waits for it there, takes
-- back what it has written, with its locks, and begins again, now that the order is there.
-- Precondition: the run has begun. Locks (R62): orders by id, of a new order lot the first lot of its number; job
-- orders, those of before and after; new orders, in the order of their numbers.
-- At the end the tables are analyzed, where they have outgrown their statistics.
-- Errors: 40001.
create or replace function erp_internal.execute_order_put(
    p_company_id integer,
    p_run_id bigint,
    p_documents erp_internal.production_order_row[],
    p_orders erp_internal.production_order_row[],
    p_phases erp_internal.production_order_phase_row[],
    p_materials erp_internal.production_order_material_row[],
    p_lots erp_internal.material_lot_row[],
    p_faults erp_internal.cell_fault[],
    p_all_or_none boolean
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_orders erp_internal.put_order [];
    v_phases erp_internal.put_phase [];
    v_materials erp_internal.put_material [];
    v_lots erp_internal.put_material_lot [];
    v_faults erp_internal.cell_fault [];
    v_merged record;
    v_answers erp_internal.call_answer [];
    v_order_ids bigint [];
    v_job_order_ids bigint [];
    v_pending erp_internal.written_order [];
    v_written erp_internal.written_order [];
    v_previous_mode text;
    v_constraint text;
    v_attempts integer := 0;
begin
    loop
        begin
            v_written := '{}';
            v_merged := erp_internal.merge_order_documents(p_company_id, p_orders, p_phases, p_materials, p_lots);
            v_orders := v_merged.orders;
            v_phases := v_merged.phases;
            v_materials := v_merged.materials;
            v_lots := v_merged.lots;
            v_faults := v_merged.faults;
            v_answers := array(
                select a
                from erp_internal.order_put_answers(
                    p_company_id, p_documents, v_orders, v_phases, v_materials, v_lots, p_faults || v_faults
                ) as a
            );

            -- of a document with faulty cells nothing will be written
            select
                coalesce(pg_catalog.array_agg(p::erp_internal.written_order), '{}'),
                coalesce(pg_catalog.array_agg(distinct p.production_order_id), '{}')
            into v_pending, v_order_ids
            from (
                select
                    o.ordinal,
                    coalesce(o.production_order_id, f.production_order_id) as production_order_id
                from unnest(v_orders) as o
                inner join unnest(v_answers) as a on a.ordinal = o.ordinal
                left join lateral (
                    select f.production_order_id
                    from erp.production_order as f
                    where
                        f.company_id = p_company_id and f.order_year = o.order_year
                        and f.order_number = o.order_number and o.production_order_id is null
                    order by f.order_lot
                    limit 1
                ) as f on true
                where
                    a.outcome <> 'unchanged'
                    and not exists (select from unnest(p_faults) as c where c.ordinal = o.ordinal)
            ) as p
            where p.production_order_id is not null;
            v_job_order_ids := array(
                select distinct o.job_order_id
                from unnest(v_orders) as o
                inner join unnest(v_answers) as a on a.ordinal = o.ordinal
                where o.job_order_id is not null and a.outcome <> 'unchanged'
            );
            perform erp_internal.lock_orders(p_company_id, v_order_ids, false, v_job_order_ids);

            if v_pending <> '{}' then
                v_merged := erp_internal.merge_order_documents(
                    p_company_id,
                    array(
                        select o from unnest(p_orders) as o inner join unnest(v_pending) as p on p.ordinal = o.ordinal
                    ),
                    p_phases, p_materials, p_lots
                );
                v_orders := v_merged.orders || array(
                    select o
                    from unnest(v_orders) as o
                    left join unnest(v_pending) as p on p.ordinal = o.ordinal
                    where p.ordinal is null
                );
                v_phases := v_merged.phases || array(
                    select o
                    from unnest(v_phases) as o
                    left join unnest(v_pending) as p on p.ordinal = o.ordinal
                    where p.ordinal is null
                );
                v_materials := v_merged.materials || array(
                    select o
                    from unnest(v_materials) as o
                    left join unnest(v_pending) as p on p.ordinal = o.ordinal
                    where p.ordinal is null
                );
                v_lots := v_merged.lots || array(
                    select o
                    from unnest(v_lots) as o
                    left join unnest(v_pending) as p on p.ordinal = o.ordinal
                    where p.ordinal is null
                );
                v_faults := v_merged.faults || array(
                    select o
                    from unnest(v_faults) as o
                    left join unnest(v_pending) as p on p.ordinal = o.ordinal
                    where p.ordinal is null
                );
                v_answers := array(
                    select a
                    from erp_internal.order_put_answers(
                        p_company_id, p_documents, v_orders, v_phases, v_materials, v_lots, p_faults || v_faults
                    ) as a
                );
                -- a part of the number of a job order was sent, and the order had another one by then
                perform erp_internal.assert_row_count(0, pg_catalog.count(*))
                from (
                    select o.job_order_id
                    from unnest(v_orders) as o
                    inner join unnest(v_answers) as a on a.ordinal = o.ordinal
                    where o.job_order_id is not null and a.outcome in ('created', 'changed')
                    except
                    select j.job_order_id
                    from unnest(v_job_order_ids) as j (job_order_id)
                    except
                    select o.job_order_id_before
                    from unnest(v_orders) as o
                ) as n;
            end if;

            if not (p_all_or_none and exists (select from unnest(v_answers) as a where a.outcome = 'refused')) then
                v_orders := array(
                    select o
                    from unnest(v_orders) as o
                    inner join unnest(v_answers) as a on a.ordinal = o.ordinal
                    where a.outcome in ('created', 'changed', 'deleted')
                );
                v_previous_mode := erp_internal.set_write_mode('run');
                v_written := array(
                    select w
                    from erp_internal.write_order_documents(
                        p_company_id, v_orders, v_phases, v_materials, v_lots, erp_internal.caller_role()
                    ) as w
                );
                perform erp_internal.set_write_mode(v_previous_mode);
                perform erp_internal.refresh_job_orders(
                    p_company_id,
                    array(
                        select o.job_order_id
                        from unnest(v_orders) as o
                        where o.job_order_id is not null
                        union
                        select o.job_order_id_before
                        from unnest(v_orders) as o
                        where o.job_order_id_before is not null
                    )
                );
            end if;
            exit;
        exception
            when unique_violation then
                get stacked diagnostics v_constraint = constraint_name;
                if v_constraint <> 'production_order_number_key' then
                    raise;
                end if;
                -- an old snapshot never sees that order
                if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
                    v_attempts := v_attempts + 1;
                    perform erp_internal.assert_row_count(0, v_attempts);
                end if;
        end;
    end loop;

    perform erp_internal.write_put_answers(
        p_company_id, p_run_id, p_documents, v_answers, v_written,
        p_all_or_none and exists (select from unnest(v_answers) as a where a.outcome = 'refused')
    );
    perform erp_internal.analyze_orders();
end;
$$;
