-- Refuses a call that takes something back without a note, where the company requires one (note_required). What shows
-- nothing, such as blanks of any width, is no note.
-- Errors: 22023.
create or replace function erp_internal.assert_note(p_company_id integer, p_note text)
returns void
language plpgsql
stable
as $$
declare
    c_shown constant text := '[^[:space:]\u00A0\u00AD\u2000-\u200F\u2028-\u202F\u205F-\u2064\u3000\uFEFF]';
begin
    if coalesce(p_note, '') !~ c_shown and exists (
        select
        from erp.production_parameter as p
        where p.company_id = p_company_id and p.note_required
    ) then
        raise exception using
            errcode = '22023',
            message = 'p_note is empty; the company wants a note with what takes releases and registrations back.',
            hint = 'Say in p_note why.',
            column = 'p_note';
    end if;
end;
$$;
