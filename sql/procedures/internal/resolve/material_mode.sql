-- Returns the mode of a material (R9, see erp_internal.source_case): transfer of a manual one to wip, wip, or direct.
create or replace function erp_internal.material_mode(
    p_wip_management boolean, p_transfer_manual_to_wip boolean, p_picking_type text, p_load boolean
)
returns text
language sql
immutable
parallel safe
return case
    when p_wip_management and p_transfer_manual_to_wip and p_picking_type = 'manual' and not p_load then 'transfer'
    when p_wip_management then 'wip'
    else 'direct'
end;
