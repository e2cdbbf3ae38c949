-- Returns the sections of the warehouse rules in which something is looked for, the first one first (R11, R51). p_mode:
-- direct (a material without WIP management), wip (with WIP management: wip, else the raw_material of the same level),
-- transfer (a real wip section, to which a release transfers; R9), or the section itself for what is produced:
-- finished, semi_finished, scrap.
create or replace function erp_internal.wanted_sections(p_mode text, p_purchased boolean)
returns text[]
language sql
immutable
parallel safe
return case p_mode
    when 'direct' then array[case when p_purchased then 'raw_material' else 'semi_finished' end]
    when 'wip' then array['wip', 'raw_material']
    when 'transfer' then array['wip']
    else array[p_mode]
end;
