-- requires: internal/messages/refusal, internal/messages/render_reasons
-- Returns the reason of an unknown id, with %s where the sentence names the id: it is rendered once for all unknown ids
-- of a call.
create or replace function erp_internal.unknown_reason(p_company_id integer, p_code text, p_language text)
returns jsonb
language sql
stable
begin atomic
    select r.reasons -> 0
    from erp_internal.render_reasons(
        p_company_id,
        array[erp_internal.refusal(p_ordinal => 1, p_code => p_code, p_order_label => '%s')],
        p_language
    ) as r;
end;
