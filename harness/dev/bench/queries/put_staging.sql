-- Where the floor copies its rows to; the columns are those of put_content.sql.
create temporary table staged_order (
    order_year integer, order_number integer, item_code text, quantity numeric, start_date date, end_date date
) on commit delete rows;

create temporary table staged_phase (
    order_year integer, order_number integer, phase integer, description text, machine text
) on commit delete rows;

create temporary table staged_material (
    order_year integer, order_number integer, line integer, item_code text, unit_quantity numeric,
    scrap_percent numeric, phase integer
) on commit delete rows;
