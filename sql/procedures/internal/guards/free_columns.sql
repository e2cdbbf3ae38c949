-- Returns the columns of a table of orders that change whatever the status of the order, by hand, by a put or between a
-- remainder and the order that it was split from (R20, R57); with them the copies that foreign keys keep equal to
-- what an order names. Every other column is frozen once the order is released, a new one too.
create or replace function erp_internal.free_columns(p_table text)
returns text[]
language sql
immutable
parallel safe
return case p_table
    when 'production_order'
        then array[
            'order_type', 'start_date', 'end_date', 'firm', 'priority', 'changed_at', 'changed_by', 'copied_item_code',
            'copied_job_year', 'copied_job_number'
        ]
    when 'production_order_phase' then array['description', 'department', 'work_center', 'machine']
    else array[]::text[]
end;
