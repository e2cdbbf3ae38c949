-- Types of sent data: the rows of a put, as they come and as they are read. One type per kind of the load format;
-- a test compares its values with the description of the format.

create type erp_internal.sent_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb
);
comment on type erp_internal.sent_row is 'A row as it was sent: the position of its row or document in the call, the place of the row around it among those of the document (null: the document), its own place in its list, all from 1, and the object itself.';

create type erp_internal.cell_fault as (
    ordinal integer,
    parent integer,
    place integer,
    column_name text,
    code text,
    cell text,
    expected text
);
comment on type erp_internal.cell_fault is 'A cell of a sent row that holds no value of its column: which, the code of the reason, what it holds (up to 60 characters), and what would be right where a code alone does not say it.';

create type erp_internal.company_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    company_code text collate "C",
    description text,
    wip_management boolean,
    split_on_shortage boolean,
    transfer_manual_to_wip boolean,
    allow_negative_stock boolean,
    over_production_percent numeric,
    note_required boolean,
    notify_runs boolean,
    time_zone text,
    period_start date,
    period_end date
);
comment on type erp_internal.company_row is 'A sent row of company.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.site_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    site_code text collate "C",
    description text,
    deletion boolean
);
comment on type erp_internal.site_row is 'A sent row of site.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.warehouse_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    warehouse_code text collate "C",
    description text,
    site_code text collate "C",
    allow_negative_stock boolean,
    check_location boolean,
    valid_until date,
    deletion boolean
);
comment on type erp_internal.warehouse_row is 'A sent row of warehouse.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.location_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    warehouse_code text collate "C",
    location_code text collate "C",
    blocked boolean,
    deletion boolean
);
comment on type erp_internal.location_row is 'A sent row of location.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.movement_reason_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    warehouse_code text collate "C",
    reason_code text collate "C",
    description text,
    direction text,
    usable_in_production boolean,
    allow_unavailable_lots boolean,
    counterpart_warehouse_code text collate "C",
    counterpart_reason_code text collate "C",
    default_location_code text collate "C",
    deletion boolean
);
comment on type erp_internal.movement_reason_row is 'A sent row of movement_reason.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.warehouse_rule_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    level text,
    site_code text collate "C",
    item_code text collate "C",
    section text,
    warehouse_code text collate "C",
    issue_reason_code text collate "C",
    semi_finished_issue_reason_code text collate "C",
    load_reason_code text collate "C",
    deletion boolean
);
comment on type erp_internal.warehouse_rule_row is 'A sent row of warehouse_rule.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.item_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    item_code text collate "C",
    item_class text,
    description text,
    uom text,
    quantity_decimals integer,
    tracking text,
    lot_policy text,
    expiry_block_days integer,
    phantom boolean,
    deletion boolean
);
comment on type erp_internal.item_row is 'A sent row of item.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.item_variant_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    item_code text collate "C",
    variant_code text collate "C",
    description text,
    deletion boolean
);
comment on type erp_internal.item_variant_row is 'A sent row of item_variant.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.item_location_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    item_code text collate "C",
    warehouse_code text collate "C",
    location_code text collate "C",
    priority integer,
    deletion boolean
);
comment on type erp_internal.item_location_row is 'A sent row of item_location.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.item_mrp_parameter_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    item_code text collate "C",
    picking_type text,
    procurement_type text,
    deletion boolean
);
comment on type erp_internal.item_mrp_parameter_row is 'A sent row of item_mrp_parameter.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.lot_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    item_code text collate "C",
    variant_code text collate "C",
    lot_code text collate "C",
    start_date date,
    expiry_date date,
    state text,
    sellable boolean,
    closed boolean,
    deletion boolean
);
comment on type erp_internal.lot_row is 'A sent row of lot.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.job_order_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    job_year integer,
    job_number integer,
    job_type text,
    site_code text collate "C",
    customer text,
    description text,
    supply_released boolean,
    deletion boolean
);
comment on type erp_internal.job_order_row is 'A sent row of job_order.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.production_order_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    order_year integer,
    order_number integer,
    order_lot integer,
    order_type text,
    item_code text collate "C",
    variant_code text collate "C",
    quantity numeric,
    status text,
    level integer,
    start_date date,
    end_date date,
    job_year integer,
    job_number integer,
    project text,
    firm text,
    priority integer,
    load_warehouse_code text collate "C",
    load_reason_code text collate "C",
    deletion boolean
);
comment on type erp_internal.production_order_row is 'A sent row of production_order.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.production_order_phase_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    phase integer,
    sub_phase integer,
    description text,
    department text,
    work_center text,
    machine text,
    machine_site_code text collate "C",
    external boolean,
    productive boolean,
    movable boolean
);
comment on type erp_internal.production_order_phase_row is 'A sent row of production_order_phase.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.production_order_material_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    line integer,
    item_code text collate "C",
    variant_code text collate "C",
    unit_quantity numeric,
    fixed boolean,
    scrap_percent numeric,
    picked_quantity numeric,
    movable boolean,
    phase integer,
    sub_phase integer,
    warehouse_code text collate "C",
    reason_code text collate "C",
    location_code text collate "C",
    priority integer
);
comment on type erp_internal.production_order_material_row is 'A sent row of production_order_material.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.material_lot_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    lot_code text collate "C",
    quantity numeric
);
comment on type erp_internal.material_lot_row is 'A sent row of material_lot.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.put_order as (
    ordinal integer,
    production_order_id bigint,
    status_before text,
    job_order_id_before bigint,
    deletion boolean,
    phases_sent boolean,
    materials_sent boolean,
    changed boolean,
    order_year integer,
    order_number integer,
    order_lot integer,
    order_type text,
    status text,
    item_id bigint,
    item_code text,
    item_variant_id bigint,
    quantity numeric,
    level integer,
    start_date date,
    end_date date,
    job_order_id bigint,
    job_year integer,
    job_number integer,
    project text,
    firm text,
    priority integer,
    load_warehouse_id bigint,
    load_movement_reason_id bigint
);
comment on type erp_internal.put_order is 'A production order as a put wants it, by ids: its position in the call, the order that there is (id, status and job order; null: a new one), whether it is to be deleted, which lists were sent, whether its own columns change, and their values. Codes are those that were sent.';

create type erp_internal.put_phase as (
    ordinal integer,
    action text,
    phase integer,
    sub_phase integer,
    description text,
    department text,
    work_center text,
    machine text,
    machine_site_id bigint,
    external boolean,
    productive boolean,
    movable boolean
);
comment on type erp_internal.put_phase is 'A phase of an order that a put inserts, updates or deletes (action).';

create type erp_internal.put_material as (
    ordinal integer,
    place integer,
    action text,
    lots_sent boolean,
    line integer,
    item_id bigint,
    item_variant_id bigint,
    unit_quantity numeric,
    fixed boolean,
    scrap_percent numeric,
    picked_quantity numeric,
    movable boolean,
    phase integer,
    sub_phase integer,
    warehouse_id bigint,
    movement_reason_id bigint,
    location_id bigint,
    priority integer
);
comment on type erp_internal.put_material is 'A material row of an order that a put inserts, updates or deletes (action), or whose lots were sent; place is its place in the list that was sent.';

create type erp_internal.put_material_lot as (
    ordinal integer,
    action text,
    line integer,
    item_id bigint,
    lot_id bigint,
    quantity numeric
);
comment on type erp_internal.put_material_lot is 'A lot commitment that a put inserts, updates or deletes (action).';

create type erp_internal.written_order as (
    ordinal integer,
    production_order_id bigint
);
comment on type erp_internal.written_order is 'The order that a put has written for a document.';

create type erp_internal.stock_document_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    document_key text collate "C",
    record_date date,
    note text
);
comment on type erp_internal.stock_document_row is 'A sent row of stock_document.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';

create type erp_internal.stock_document_line_row as (
    ordinal integer,
    parent integer,
    place integer,
    cells jsonb,
    warehouse_code text collate "C",
    reason_code text collate "C",
    item_code text collate "C",
    variant_code text collate "C",
    lot_code text collate "C",
    location_code text collate "C",
    quantity numeric,
    counted_quantity numeric,
    load_reason_code text collate "C",
    order_year integer,
    order_number integer,
    order_lot integer,
    material_line integer
);
comment on type erp_internal.stock_document_line_row is 'A sent row of stock_document_line.csv, read: its position (as in sent_row), the object as sent, which tells the keys that are there, and its values.';
