-- The registry of reasons, in every language.
select
    r.code,
    r.severity,
    r.meaning,
    r.message,
    r.hint,
    r.language
from erp_internal.reason_catalog() as r
order by r.precedence, r.language
