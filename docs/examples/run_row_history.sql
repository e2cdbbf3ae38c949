-- What became of sent rows: every one that was not unchanged, with its reasons.
select outcome
from erp_api.put_data(
    1,
    '{"item": [{"item_code": "BR-0510", "uom": "KG"}, {"item_code": "SP-5800", "description": "Screw, zinc plated"}]}',
    p_note => 'from the office'
);

select run_kind, kind, place, key, outcome, jsonb_path_query_array(reasons, '$[*].code') as reason_codes, note
from erp_api.run_row_history
where company_id = 1 and run_kind = 'data'
order by run_id, ordinal;
