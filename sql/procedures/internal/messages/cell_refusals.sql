-- requires: internal/messages/message_language, internal/messages/raise_unknown_code, internal/messages/refusal
-- requires: internal/messages/rule_catalog
-- Returns faults of sent cells as reasons. Of a rule that is broken, which expected names, the sentence is told in the
-- language of the call (R63). p_lined: whether the place of a fault is told, which is that of a child in its list.
-- p_order_labels: of each ordinal its order, where there is one.
-- Errors: XX000 for a rule that is not in the catalog.
create or replace function erp_internal.cell_refusals(
    p_faults erp_internal.cell_fault[], p_lined boolean default false, p_order_labels text[] default '{}'
)
returns erp_internal.refusal[]
language sql
stable
return array(
    select
        erp_internal.refusal(
            p_ordinal => f.ordinal,
            p_code => f.code,
            p_order_label => p_order_labels[f.ordinal],
            p_line => case when p_lined then f.place end,
            p_detail => pg_catalog.regexp_replace(f.cell, '[[:cntrl:]]', ' ', 'g'),
            p_column_name => f.column_name,
            p_expected => case
                when f.code = 'rule_broken' then coalesce(c.sentence, erp_internal.raise_unknown_code(f.expected))
                else f.expected
            end
        )
    from unnest(p_faults) as f
    left join erp_internal.rule_catalog() as c
        on
            f.code = 'rule_broken' and c.code = f.expected
            and c.language = erp_internal.message_language()
);
