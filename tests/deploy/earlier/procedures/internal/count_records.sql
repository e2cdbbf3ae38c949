-- Gone since, as is its trigger.
create or replace function erp_internal.count_records()
returns trigger
language plpgsql
as $$
begin
    return null;
end;
$$;
