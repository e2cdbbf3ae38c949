-- Returns runs that began before p_before and on which nothing stands, with all that go with them (R80), by id: of the
-- first p_limit that are candidates by themselves, p_limit being null of all; of the next ones if none of these can go.
-- A run that is tied to a later one goes with that. p_after: the run after which to look.
-- Runs on cached plans, so no join may depend on how many runs there are: sets by hash, tables by key.
create or replace function erp_internal.plan_archive(
    p_company_id integer, p_before timestamptz, p_after bigint, p_limit integer
)
returns bigint[]
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_after bigint := p_after;
    v_candidates bigint[];
    v_run_ids bigint[];
begin
    loop
        v_candidates := array(
            select r.run_id
            from erp.run as r
            where
                r.company_id = p_company_id and r.run_id > v_after and r.started_at < p_before
                and not erp_internal.is_run_needed(p_company_id, r.run_id, r.request_key)
            order by r.run_id
            limit p_limit
        );
        exit when pg_catalog.cardinality(v_candidates) = 0;
        v_after := v_candidates[pg_catalog.cardinality(v_candidates)];

        with recursive tied (run_id) as (
            select c.run_id
            from unnest(v_candidates) as c (run_id)
            union
            select q.run_id
            from tied as t
            cross join lateral erp_internal.required_runs(p_company_id, t.run_id) as q (run_id)
        ),

        requirement as materialized (
            select
                t.run_id,
                q.run_id as required_run_id
            from tied as t
            cross join lateral erp_internal.required_runs(p_company_id, t.run_id) as q (run_id)
        ),

        staying (run_id) as (
            select t.run_id
            from tied as t
            cross join lateral (
                select
                    r.started_at,
                    r.request_key
                from erp.run as r
                where r.company_id = p_company_id and r.run_id = t.run_id
                offset 0
            ) as r
            where
                t.run_id > v_after or r.started_at >= p_before
                or erp_internal.is_run_needed(p_company_id, t.run_id, r.request_key)
            union
            select q.run_id
            from staying as s
            inner join requirement as q on q.required_run_id = s.run_id
        )

        select pg_catalog.array_agg(t.run_id order by t.run_id) into v_run_ids
        from tied as t
        where t.run_id not in (select s.run_id from staying as s);

        exit when v_run_ids is not null;
    end loop;
    return coalesce(v_run_ids, '{}');
end;
$$;
