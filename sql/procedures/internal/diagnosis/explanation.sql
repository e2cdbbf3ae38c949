-- requires: internal/diagnosis/explanation_catalog, internal/messages/message_language
-- requires: internal/messages/raise_unknown_code
-- Returns a sentence of erp_internal.explanation_catalog in the language of erp.language (R63); null without a code.
create or replace function erp_internal.explanation(
    p_code text,
    p_of text default null,
    p_section text default null,
    p_warehouse_code text default null,
    p_reason_code text default null,
    p_level_or_date text default null
)
returns text
language sql
stable
parallel safe
return case
    when p_code is not null
        then
            coalesce(
                (
                    select
                        pg_catalog.format(
                            s.sentence, p_of, p_section, p_warehouse_code, p_reason_code, p_level_or_date
                        )
                    from erp_internal.explanation_catalog() as s
                    where s.code = p_code and s.language = erp_internal.message_language()
                ),
                erp_internal.raise_unknown_code(p_code)
            )
end;
