-- What a release decided for a material row goes with the row (R3). A foreign key would do that too, but it would be
-- asked for every row of every release, and cost a batch of them more than all that is written here.

create or replace function erp_internal.forget_materials()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    delete from erp.released_material as k
    using
        old_rows as o
    cross join lateral (
        select f.ctid as row_ctid
        from erp.released_material as f
        where
            f.company_id = o.company_id and f.production_order_id = o.production_order_id and f.line = o.line
        offset 0
    ) as f
    where k.ctid = f.row_ctid;
    return null;
end;
$$;

create or replace trigger production_order_material_deleted
after delete on erp.production_order_material
referencing old table as old_rows
for each statement execute function erp_internal.forget_materials();
