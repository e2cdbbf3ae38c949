-- Resolves stock documents that were read: what they may move, and the reasons to refuse them whatever the stock. A
-- preview and a posting do it alike.
create or replace function erp_internal.resolve_documents(
    p_company_id integer,
    p_documents erp_internal.requested_document[],
    p_lines erp_internal.stock_document_line_row[],
    p_faults erp_internal.cell_fault[],
    out moves erp_internal.document_move[],
    out refusals erp_internal.refusal[]
)
language plpgsql
stable
as $$
declare
    v_lines erp_internal.document_line [];
    v_faults erp_internal.cell_fault [];
begin
    v_lines := array(
        select l from erp_internal.resolve_document_lines(p_company_id, p_documents, p_lines) as l
    );
    v_faults := p_faults || array(
        select f from erp_internal.check_document_lines(p_company_id, p_lines, v_lines, p_faults) as f
    );
    moves := array(select m from erp_internal.document_moves(p_company_id, v_lines) as m);
    refusals := erp_internal.cell_refusals(v_faults, true) || array(
        select r
        from erp_internal.check_documents(p_company_id, p_documents, p_lines, v_lines, moves, v_faults) as r
    );
    -- where there is no lot, no stock is looked for
    moves := array(
        select m
        from unnest(moves) as m
        left join unnest(refusals) as r on r.ordinal = m.ordinal and r.line = m.line and r.code = 'lot_unknown'
        where r.ordinal is null
    );
    refusals := refusals || array(
        select r from erp_internal.document_number_refusals(p_company_id, p_documents, moves, refusals) as r
    );
end;
$$;
