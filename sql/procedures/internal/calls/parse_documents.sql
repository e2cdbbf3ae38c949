-- Takes the stock documents of a call apart (see erp_api.post_stock): the documents and their lines, each as it was
-- sent (sent_row). The place of a line is its place in its document.
-- Errors: 22023 for anything but an array of objects, or too many of them.
create or replace function erp_internal.parse_documents(
    p_documents jsonb,
    out documents erp_internal.sent_row[],
    out lines erp_internal.sent_row[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
immutable
as $$
declare
    c_most_documents constant integer := 200000;
    c_most_lines constant integer := 2000000;
    v_ordinal bigint;
    v_line_count bigint;
    v_taken record;
begin
    if p_documents is null or pg_catalog.jsonb_typeof(p_documents) <> 'array' or p_documents = '[]' then
        raise exception using
            errcode = '22023',
            message = 'p_documents is null, empty or no JSON array.',
            hint = 'Pass an array of at least one object.';
    elsif pg_catalog.jsonb_array_length(p_documents) > c_most_documents then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                'p_documents has %s elements; a call takes at most %s.',
                pg_catalog.jsonb_array_length(p_documents), c_most_documents
            ),
            hint = 'Split the call.';
    end if;
    select e.ordinal
    into v_ordinal
    from pg_catalog.jsonb_array_elements(p_documents) with ordinality as e (element, ordinal)
    where pg_catalog.jsonb_typeof(e.element) <> 'object'
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('Element %s of p_documents is no object.', v_ordinal),
            hint = 'The comment on erp_api.post_stock tells what an element holds.';
    end if;

    documents := array(
        select r::erp_internal.sent_row
        from (
            select
                e.ordinal::integer as ordinal,
                null::integer as parent,
                null::integer as place,
                e.element as cells
            from pg_catalog.jsonb_array_elements(p_documents) with ordinality as e (element, ordinal)
        ) as r
    );
    v_line_count := erp_internal.list_length(documents, 'lines');
    if v_line_count > c_most_lines then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                'p_documents has %s lines; a call takes at most %s.', v_line_count, c_most_lines
            ),
            hint = 'Split the call.';
    end if;
    v_taken := erp_internal.take_list(documents, 'lines');
    documents := erp_internal.without_lists(documents, array['lines']);
    lines := v_taken.elements;
    faults := v_taken.faults;
end;
$$;
