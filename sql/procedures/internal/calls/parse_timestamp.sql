-- Reads a timestamp in ISO 8601; null if the text is none. Without an offset it is in the time zone of the session.
create or replace function erp_internal.parse_timestamp(p_text text)
returns timestamptz
language plpgsql
stable
as $$
begin
    if p_text !~ (
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}'
        || '([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?[ ]?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$'
    ) then
        return null;
    end if;
    return p_text::timestamptz;
exception
    when data_exception then
        return null;
end;
$$;
