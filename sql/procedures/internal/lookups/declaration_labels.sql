-- requires: internal/lookups/declarations_of_order, internal/messages/phase_label, internal/messages/some_of
-- Returns the declarations of an order, if there are any, as a text: up to five with their kinds and phases, and how
-- many there are if they are more. p_pending: those that are not registered alone.
create or replace function erp_internal.declaration_labels(
    p_company_id integer, p_order_id bigint, p_pending boolean default false
)
returns table (declaration_labels text)
language sql
stable
begin atomic
    select
        erp_internal.some_of(
            pg_catalog.array_agg(
                pg_catalog.format(
                    '%s (%s, %s)',
                    d.production_declaration_id, d.kind, erp_internal.phase_label(d.phase, d.sub_phase)
                )
                order by d.declared_at, d.production_declaration_id
            )
        ) as declaration_labels
    from erp_internal.declarations_of_order(p_company_id, p_order_id) as d
    where not p_pending or d.registration_run_id is null
    having pg_catalog.count(*) > 0;
end;
