-- The sections of the warehouse rules in which a material is looked for, the first one first (R11). p_mode: direct (WIP
-- management off), wip (on: wip, else that level's raw_material) or transfer (a real wip section, R9).
create or replace function erp_internal.wanted_sections(p_mode text, p_purchased boolean)
returns text[]
language sql
immutable
parallel safe
return case p_mode
    when 'direct' then array[case when p_purchased then 'raw_material' else 'semi_finished' end]
    when 'wip' then array['wip', 'raw_material']
    else array['wip']
end;
