-- A declaration is there if it was declared and not deleted, and registered if it was registered and not rolled back.
select
    r.company_id,
    r.production_declaration_id,
    d.registration_run_id,
    r.there,
    r.registered
from (
    select
        company_id,
        production_declaration_id,
        count(*) filter (where outcome = 'declared') - count(*) filter (where outcome = 'deleted') as there,
        count(*) filter (where outcome = 'registered') - count(*) filter (where outcome = 'rolled_back') as registered
    from erp.run_order
    where production_declaration_id is not null
    group by company_id, production_declaration_id
) as r
full join erp.production_declaration as d using (company_id, production_declaration_id)
where
    r.there is distinct from (d.company_id is not null)::integer
    or r.registered is distinct from (d.registration_run_id is not null)::integer
