-- Begins the execution of a call for declarations: locks their orders, writes to the run how many ids are unknown, and
-- reads the others (see erp_internal.read_declarations for p_kind and p_record_date), with the position in the call of
-- each ordinal.
-- Precondition: the run has begun. Locks (R62): orders by id; job orders.
create or replace function erp_internal.lock_and_read_declarations(
    p_company_id integer,
    p_run_id bigint,
    p_declaration_ids bigint[],
    p_kind text,
    p_record_date date default null,
    out ordinals integer[],
    out declarations erp_internal.requested_declaration[]
)
language plpgsql
volatile
as $$
declare
    v_requested record;
begin
    perform erp_internal.lock_declared_orders(p_company_id, p_declaration_ids);
    v_requested := erp_internal.known_ids(p_company_id, 'declaration', p_declaration_ids);
    perform erp_internal.keep_unknown_count(p_company_id, p_run_id, v_requested.unknown);
    ordinals := v_requested.known_ordinals;
    declarations := array(
        select d
        from erp_internal.read_declarations(p_company_id, v_requested.known_ids, p_kind, p_record_date) as d
    );
end;
$$;
