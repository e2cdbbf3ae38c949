-- Several calls in one transaction: it begins with the claim, so that the deletion does not wait in the middle of it.
select erp_api.claim_configuration(1);
select kind, key, outcome
from erp_api.put_data(1, '{"site": [{"site_code": "OSLO", "description": "New works"}]}');
select kind, key, outcome
from erp_api.put_data(1, '{"site": [{"site_code": "OSLO", "delete": true}]}');
