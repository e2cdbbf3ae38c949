"""The statements for rows of a kind that may name each other: one is made, and one goes, only with those that it needs.

For every other kind there are none.
"""

from __future__ import annotations

from harness.dev.data_puts.references import self_reference
from harness.dev.sql_text import prefixed
from rilascio.loading.files import File


def refuse_lost_rows(file: File) -> str:
    """Statements of `put_KIND` that refuse rows which name, by however many others, one that is not made."""
    own = self_reference(file)
    if not own:
        return ""
    key = prefixed("n.", file.key)
    match = " and ".join(f"o.{name} = n.{naming}" for name, naming in zip(file.key, own.reference.columns, strict=True))
    return f"""\
    -- rows may name each other: one that names a row which is not made is refused, and whoever names that one too
    refusals := refusals || erp_internal.cell_refusals(array(
        with recursive node as materialized (
            select
                p.ordinal, {prefixed("p.", (*file.key, *own.reference.columns))}, p.missing,
                p.row_ctid is null and f.ordinal is null as made
            from unnest(v_plan) as p
            left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        ),

        lost as (
            select n.ordinal, {key}
            from node as n
            where n.missing and not exists (select from node as o where o.made and {match})
            union
            select n.ordinal, {key}
            from lost as o
            inner join node as n on n.missing and {match}
        )

        select
            erp_internal.cell_fault(
                p_ordinal => p.ordinal,
                p_parent => null,
                p_place => null,
                p_column_name => '{own.code}',
                p_code => 'unknown_reference',
                p_cell => p.{own.code},
                p_expected => '{file.name}'
            )
        from unnest(v_plan) as p
        inner join lost as o on o.ordinal = p.ordinal
    ));
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);
"""


def keep_named_rows(file: File) -> str:
    """Statements of `delete_KIND` that keep rows which are named, by however many others, by one that stays."""
    own = self_reference(file)
    if not own:
        return ""
    return f"""\
    -- rows that name each other go together; whoever is named by one that stays, stays too
    loop
        v_stays := array(
            select
                erp_internal.refusal(
                    p_ordinal => p.ordinal,
                    p_code => 'still_used',
                    p_order_label => null,
                    p_required => u.use_count,
                    p_detail => '{file.name}',
                    p_expected => u.example
                )
            from unnest(v_plan) as p
            cross join lateral (
                select
                    pg_catalog.count(*) as use_count,
                    pg_catalog.min(w.warehouse_code || ' ' || t.reason_code) as example
                from erp.{file.name} as t
                inner join erp.warehouse as w on w.company_id = t.company_id and w.warehouse_id = t.warehouse_id
                where
                    t.company_id = p_company_id and t.{own.identity} = p.{file.identity}
                    and t.{file.identity} not in (select g.{file.identity} from unnest(v_plan) as g)
            ) as u
            where u.use_count > 0
        );
        exit when v_stays = '{{}}';
        refusals := refusals || v_stays;
        v_plan := array(
            select p
            from unnest(v_plan) as p
            where not exists (select from unnest(v_stays) as r where r.ordinal = p.ordinal)
        );
    end loop;
"""
