-- A moment written as in ISO 8601, null if it is none. Without an offset it is in the time zone of the session.
create or replace function erp_internal.json_moment(p_text text)
returns timestamptz
language plpgsql
stable
as $$
begin
    if p_text !~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d(:?\d\d)?)?)?$' then
        return null;
    end if;
    return p_text::timestamptz;
exception
    when data_exception then
        return null;
end;
$$;
