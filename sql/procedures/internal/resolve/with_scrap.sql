-- Adds to a quantity the scrap that its row plans for, rounded half away from zero to the decimals of its unit (R21).
-- Most rows plan for none: they are spared the arithmetic.
create or replace function erp_internal.with_scrap(p_quantity numeric, p_scrap_percent numeric, p_decimals integer)
returns numeric
language sql
immutable
parallel safe
return pg_catalog.round(
    case when p_scrap_percent = 0 then p_quantity else p_quantity * (100 + p_scrap_percent) * 0.01 end, p_decimals
);
