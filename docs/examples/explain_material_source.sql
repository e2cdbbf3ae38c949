-- Why a material comes from where it does: the levels in the order in which they are asked.
select level, section, warehouse_code, reason_code, applies, wins, explanation
from erp_api.explain_material_source(1, 48, 1)
order by precedence;
