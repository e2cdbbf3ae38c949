-- A request key makes a call safe to repeat: the second answer is the first one, and nothing moves again.
select outcome, movement_count
from erp_api.release_production_orders(
    1, array[26], p_record_date => '2026-11-23', p_request_key => '5f0c8a52-5d0e-4d6b-9d0a-0c3f6a3f7b11'
);

select outcome, movement_count
from erp_api.release_production_orders(
    1, array[26], p_record_date => '2026-11-23', p_request_key => '5f0c8a52-5d0e-4d6b-9d0a-0c3f6a3f7b11'
);

select count(*) as releases
from erp_api.run_history
where kind = 'release';
