-- Decides whether the call splits orders on shortage: p_on_shortage, or else the company's parameter (R23).
-- Errors: 22023 for an unknown value.
create or replace function erp_internal.splits_on_shortage(p_company_id integer, p_on_shortage text)
returns boolean
language plpgsql
stable
as $$
begin
    if p_on_shortage <> all (array['refuse', 'split']) then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('p_on_shortage is %L; it takes refuse or split.', p_on_shortage),
            hint = 'Leave it null to use the company''s parameter.';
    end if;
    return coalesce(
        p_on_shortage = 'split',
        (select p.split_on_shortage from erp.production_parameter as p where p.company_id = p_company_id)
    );
end;
$$;
