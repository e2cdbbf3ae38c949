-- Returns how sentences call a phase: PHASE, or PHASE/SUB-PHASE.
create or replace function erp_internal.phase_label(p_phase integer, p_sub_phase integer)
returns text
language sql
immutable
parallel safe
return p_phase || case p_sub_phase when 0 then '' else '/' || p_sub_phase end;
