-- Forgetting old request keys: a key of today stays.
select outcome
from erp_api.release_production_orders(
    1, array[26], p_record_date => '2026-11-23', p_request_key => '5f0c8a52-5d0e-4d6b-9d0a-0c3f6a3f7b11'
);

select erp_api.prune_request_keys(1, p_keep => interval '30 days');
