-- A job order carries the code of its site. Whoever writes it may leave that out; a foreign key holds the two together,
-- and makes it follow a code that is changed.

create or replace function erp_internal.copy_site_code()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    -- of a site that is not there the foreign key tells
    select case when new.site_id is not null then coalesce(s.site_code, '') end
    into new.copied_site_code
    from (select) as a
    left join erp.site as s on s.company_id = new.company_id and s.site_id = new.site_id;
    return new;
end;
$$;

create or replace trigger job_order_insert_copies_code
before insert on erp.job_order
for each row when (new.site_id is not null and new.copied_site_code is null)
execute function erp_internal.copy_site_code();

create or replace trigger job_order_update_copies_code
before update of site_id on erp.job_order
for each row when (new.site_id is distinct from old.site_id)
execute function erp_internal.copy_site_code();
