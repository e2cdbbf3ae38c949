-- Returns the role that acts: that of SET ROLE, else the one that logged in. In a definer routine current_user is the
-- owner.
create or replace function erp_internal.caller_role()
returns name
language sql
stable
parallel safe
return coalesce(nullif(pg_catalog.current_setting('role', true), 'none'), session_user)::pg_catalog.name;
