-- Whether protected rows may be changed now (R20): within restore and its like, which set erp.maintenance to run for
-- their own statements, or in a transaction that asks for it with: set local erp.maintenance = 'on'.
create or replace function erp_internal.in_maintenance()
returns boolean
language sql
stable
parallel safe
return coalesce(pg_catalog.current_setting('erp.maintenance', true), '') in ('run', 'on');
