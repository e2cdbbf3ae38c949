-- requires: internal/guards/caller_role
-- Tells whether the caller has the privileges of erp_monitor: itself, through a role that it inherits from, or as a
-- superuser.
create or replace function erp_internal.is_monitor()
returns boolean
language sql
stable
return pg_catalog.pg_has_role(erp_internal.caller_role(), 'erp_monitor', 'usage');
