-- Types of puts: the rows of a call, what it answers, and per kind of master data the row that a put plans. A test
-- compares the latter with the description of the load format.

create type erp_internal.data_element as (
    ordinal integer,
    kind text,
    place integer,
    key jsonb,
    deletion boolean,
    cells jsonb
);
comment on type erp_internal.data_element is 'A row of a call that puts master data: its position in the answer, its kind, its place in the array of its kind, both from 1, its key by codes, whether it is to be deleted, and the object itself.';

create type erp_internal.row_answer as (
    ordinal integer,
    kind text,
    place integer,
    key jsonb,
    outcome text,
    record_count integer,
    movement_count integer,
    reasons jsonb
);
comment on type erp_internal.row_answer is 'What a call answers for a row or document that it was sent, in the columns of erp.run_row.';

create type erp_internal.company_plan as (
    ordinal integer,
    row_ctid tid,
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
    period_end date,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.company_plan is 'A row of company as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.site_plan as (
    ordinal integer,
    row_ctid tid,
    site_id bigint,
    site_code text collate "C",
    description text,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.site_plan is 'A row of site as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.warehouse_plan as (
    ordinal integer,
    row_ctid tid,
    warehouse_id bigint,
    warehouse_code text collate "C",
    description text,
    site_id bigint,
    allow_negative_stock boolean,
    check_location boolean,
    valid_until date,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.warehouse_plan is 'A row of warehouse as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.location_plan as (
    ordinal integer,
    row_ctid tid,
    location_id bigint,
    warehouse_id bigint,
    location_code text collate "C",
    blocked boolean,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.location_plan is 'A row of location as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.movement_reason_plan as (
    ordinal integer,
    row_ctid tid,
    movement_reason_id bigint,
    warehouse_id bigint,
    reason_code text collate "C",
    description text,
    direction text,
    usable_in_production boolean,
    allow_unavailable_lots boolean,
    counterpart_warehouse_id bigint,
    counterpart_movement_reason_id bigint,
    default_location_id bigint,
    warehouse_code text collate "C",
    counterpart_warehouse_code text collate "C",
    counterpart_reason_code text collate "C",
    missing boolean,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.movement_reason_plan is 'A row of movement_reason as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.item_plan as (
    ordinal integer,
    row_ctid tid,
    item_id bigint,
    item_code text collate "C",
    item_class text,
    description text,
    uom text,
    quantity_decimals integer,
    tracking text,
    lot_policy text,
    expiry_block_days integer,
    phantom boolean,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.item_plan is 'A row of item as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.item_variant_plan as (
    ordinal integer,
    row_ctid tid,
    item_variant_id bigint,
    item_id bigint,
    variant_code text collate "C",
    description text,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.item_variant_plan is 'A row of item_variant as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.warehouse_rule_plan as (
    ordinal integer,
    row_ctid tid,
    warehouse_rule_id bigint,
    level text,
    site_id bigint,
    item_id bigint,
    section text,
    warehouse_id bigint,
    issue_movement_reason_id bigint,
    semi_finished_issue_movement_reason_id bigint,
    load_movement_reason_id bigint,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.warehouse_rule_plan is 'A row of warehouse_rule as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.item_location_plan as (
    ordinal integer,
    row_ctid tid,
    item_id bigint,
    warehouse_id bigint,
    location_id bigint,
    priority integer,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.item_location_plan is 'A row of item_location as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.item_mrp_parameter_plan as (
    ordinal integer,
    row_ctid tid,
    item_id bigint,
    picking_type text,
    procurement_type text,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.item_mrp_parameter_plan is 'A row of item_mrp_parameter as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.job_order_plan as (
    ordinal integer,
    row_ctid tid,
    job_order_id bigint,
    job_year integer,
    job_number integer,
    job_type text,
    site_id bigint,
    customer text,
    description text,
    supply_released boolean,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.job_order_plan is 'A row of job_order as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';

create type erp_internal.lot_plan as (
    ordinal integer,
    row_ctid tid,
    lot_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_code text collate "C",
    start_date date,
    expiry_date date,
    state text,
    sellable boolean,
    closed boolean,
    differs boolean,
    guarded text [],
    faults erp_internal.cell_fault []
);
comment on type erp_internal.lot_plan is 'A row of lot as a put plans it: its position, the row that is there (null: none), what is to be written, whether that differs from what is there, the columns that runs decide by among what differs, and what is wrong with it.';
