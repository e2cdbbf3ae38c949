-- Checks that the tables of a company agree with one another and with what its runs have done.
-- It looks for what no call of the product can cause: somebody wrote past the triggers, a disk failed, or a backup was
-- restored in part. Each check is one query over sets; the movements are read four times, those of orders with
-- counterparts, and those that documents picked, once more. All of it sees one snapshot, so calls at work do not
-- disturb it.
-- What a constraint of the tables rules out is not checked again: equal numbers or lines in force, lines below 1, a
-- movement without its record or of another warehouse, removed records without a run on either side, lots below zero in
-- the balance.
-- Locks: none. Errors: PR004.
create or replace function erp_api.check_integrity(p_company_id integer)
returns table (
    code text,
    severity text,
    finding_count bigint,
    examples jsonb,
    message text,
    hint text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '128MB'
set jit = off
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    perform erp_internal.assert_checker(p_company_id);

    return query
    with violation as (
        select
            o.code,
            jsonb_strip_nulls(o.example) as example
        from (
            select s.* from erp_internal.stock_violations(p_company_id) as s
            union all
            select r.* from erp_internal.record_violations(p_company_id) as r
            union all
            select u.* from erp_internal.run_violations(p_company_id) as u
            union all
            select p.* from erp_internal.order_violations(p_company_id) as p
            union all
            select d.* from erp_internal.declaration_violations(p_company_id) as d
            union all
            select x.* from erp_internal.material_violations(p_company_id) as x
            union all
            select t.* from erp_internal.document_violations(p_company_id) as t
            union all
            select m.* from erp_internal.member_violations(p_company_id) as m
        ) as o
    ),

    counted as (
        select
            n.code,
            count(*) as finding_count,
            jsonb_agg(n.example order by n.nth) filter (where n.nth <= 5) as examples
        from (
            select
                o.*,
                row_number() over (partition by o.code order by o.example) as nth
            from violation as o
        ) as n
        group by n.code
    )

    select
        c.code,
        m.severity,
        c.finding_count,
        c.examples,
        coalesce(m.message, erp_internal.raise_unknown_code(c.code)) as message,
        m.hint
    from counted as c
    left join erp_internal.integrity_catalog() as m
        on m.code = c.code and m.language = erp_internal.message_language()
    order by m.sort_order;
end;
$$;

comment on function erp_api.check_integrity is
'Checks that the tables of a company agree with one another and with what its runs have done. Returns a row for each
check that fails, errors first, none if all is well. severity: error, what the product warrants does not hold; warning,
it may stem from master data, other programs or work by hand. finding_count counts the rows concerned; examples is a
JSON array of up to five of them, objects of codes, numbers and the figures that differ; message and hint are in the
language of erp.language (R63). It sees one moment, and takes no locks; on millions of movements it takes minutes, so
call it at night.
Stock: balance_differs (stock_balance and the sum of stock_movement, both ways), lot_negative (a lot in a location below
zero on any day; R15, R16), stock_negative (other stock below zero on any day where company or warehouse forbid it; by
warehouse without its blocked locations, or by location where the warehouse checks so, blocked ones each by itself; R15,
R16, R17), lot_missing, lot_unexpected, lot_variant_differs (movements, lots and the tracking of items do not fit;
warnings; R25).
Records: record_number_reused, record_number_uncounted (above the counter), record_empty, record_lines_missing (of
runs), record_reference_differs (R19), record_not_in_force (its run is not the one in force for its order or
declaration; R20), record_direction_differs (a warning; R12), counterpart_differs (R9, R13).
Runs: history_differs (the counts answered, and what stands in force and was removed; R37, R61), run_unanswered (an
answer is missing, or one too many), answer_of_other_kind, run_not_in_feed (R61).
Materials: issued_differs (the release in force issued of a row something else than it needs as it stands, a row that is
gone or came after it included; R2, R5, R6, R29), issued_at_other_decimals (it would be right at other decimals of the
item; a warning), issued_twice (a registration moved a row that was not due, or more than it needs; R3, R51),
decision_left (released_material without a release), picked_differs (the picked quantity of a row is not what stock
documents picked for it; R6), return_uncovered (stock documents gave back more of a row, by lot, than was issued for
it).
Orders: release_unknown (R2), launched_order_released (R20, R31), released_twice, release_lost (more releases than
restores in the history, also of an order that is gone; R62), split_differs, split_sum_differs (the latter a warning;
R23, R35), status_unexplained (closed or archived, though released or worked on, without a registered closing or a
short close; R20, R52, R55), short_close_differs (the short close and the last that the runs know of; R55, R56),
status_without_release (executive or closed again after a restore, a warning; R31, R39), commitment_left
(material_lot_before_release without a release; R28), job_status_differs (a warning; R50), order_copy_differs (a
warning: what orders copy for the grids; R42).
Declarations: registration_unknown, declarations_out_of_sequence, registered_out_of_sequence (R51), closing_differs,
produced_quantity_differs (R52), registration_lost (more registrations than rollbacks in the history; R53).
Members: member_unknown (a member that is no role; a warning).
Members of erp_monitor need no membership of the company.
Errors: PR004 unknown company or no membership.';
