-- The registry of reasons: what a code means, and how its message is made.
select code, severity, meaning, message_pattern, hint
from erp_api.reason_code
where language = 'en' and code in ('insufficient_stock', 'period_closed', 'merged_back');
