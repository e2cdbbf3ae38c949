-- Tells whether an order and its rows are changed by runs only (R20): while it is executive or closed, and when it was
-- archived after a release, a short close or with declarations. Any other archived order is as free as a launched one.
create or replace function erp_internal.is_order_frozen(
    p_company_id integer, p_order_id bigint, p_status text, p_release_run_id bigint, p_short_close_run_id bigint
)
returns boolean
language sql
stable
begin atomic
    select
        p_status in ('executive', 'closed')
        or p_status = 'archived'
        and (
            p_release_run_id is not null
            or p_short_close_run_id is not null
            or exists (
                select
                from erp.production_declaration as d
                where d.company_id = p_company_id and d.production_order_id = p_order_id
            )
        );
end;
