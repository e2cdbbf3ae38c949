-- requires: internal/messages/reason_codes
-- The registry of reasons, for clients (R63).
create or replace view erp_api.reason_code as
select
    r.code,
    r.severity,
    r.meaning,
    r.language,
    r.message_pattern,
    r.hint
from erp_internal.reason_codes() as r;

comment on view erp_api.reason_code is 'Every reason that a call may give (reasons, blockers), a row for each language of erp.language (R63). Codes never change; more may come, and sentences may become better.';
comment on column erp_api.reason_code.code is 'The code, as in reasons.';
comment on column erp_api.reason_code.severity is 'refusal, or warning, which refuses nothing.';
comment on column erp_api.reason_code.meaning is 'What it means, in English.';
comment on column erp_api.reason_code.language is 'Language of pattern and hint.';
comment on column erp_api.reason_code.message_pattern is 'The message before it is filled in, as for format(): %1$s order, %2$s item, %3$s warehouse, %4$s lot, %5$s required, %6$s available, %7$s unit of measure, %8$s detail, %9$s record date, %10$s and %11$s start and end of the open period, %12$s column of sent data, %13$s what would be right there, %14$s what it is about: an order, or a document and its line.';
comment on column erp_api.reason_code.hint is 'What to do about it.';
