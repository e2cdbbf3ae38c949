-- The shapes in which a plan travels from step to step: ask, resolve, allocate, plan.
-- They are arrays in memory, because a preview may run in a read-only transaction.
-- Within a plan, 0 stands for "no variant", "no lot" and "no location", so that rows join by equality.

create type erp_internal.item_key as (
    item_id bigint,
    item_variant_id bigint
);
comment on type erp_internal.item_key is 'An item and its variant.';

create type erp_internal.stock_key as (
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint
);
comment on type erp_internal.stock_key is 'What stock is locked by (R62).';

create type erp_internal.stock_change as (
    company_id integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    quantity numeric
);
comment on type erp_internal.stock_change is 'What is to be added to a row of the balance; here no variant, lot or location is null.';

create type erp_internal.lot_quantity as (
    lot_id bigint,
    quantity numeric
);
comment on type erp_internal.lot_quantity is 'A lot committed to a material row, and how much of it.';

create type erp_internal.source_refusal as (
    code text,
    warehouse_id bigint
);
comment on type erp_internal.source_refusal is 'A reason to refuse a source, with the warehouse that it is about.';

create type erp_internal.requested_quantity as (
    production_order_id bigint,
    quantity numeric
);
comment on type erp_internal.requested_quantity is 'How much a call is to release of an order, in the unit of measure of its item (R77); of an order without one it is to release all.';

create type erp_internal.requested_order as (
    ordinal integer,
    production_order_id bigint,
    production_declaration_id bigint,
    record_date date,
    order_year integer,
    order_number integer,
    order_lot integer,
    quantity numeric,
    whole_quantity numeric,
    quantity_decimals integer,
    splittable boolean,
    lot_code text,
    refusal text
);
comment on type erp_internal.requested_order is 'An order of the call, or a declaration of one: what it is, of which day its records are, how much is to be released of its whole quantity (R77; both are what a declaration declares), whether it may be split (R24), the lot declared, and the reason if it is refused at once.';

create type erp_internal.declared_element as (
    ordinal integer,
    order_id bigint,
    phase integer,
    sub_phase integer,
    kind text,
    declared_at timestamptz,
    good_quantity numeric,
    scrap_quantity numeric,
    lot_code text,
    note text
);
comment on type erp_internal.declared_element is 'An element of a call of erp_api.declare_production (R51), defaults filled in.';

create type erp_internal.requested_declaration as (
    ordinal integer,
    turn integer,
    production_declaration_id bigint,
    production_order_id bigint,
    record_date date,
    order_year integer,
    order_number integer,
    order_lot integer,
    order_quantity numeric,
    phase integer,
    sub_phase integer,
    good_quantity numeric,
    scrap_quantity numeric,
    declared_before numeric,
    produced_quantity numeric,
    lot_code text,
    lot_id bigint,
    movable boolean,
    producing boolean,
    closing boolean,
    closing_turn integer,
    neighbour_turn integer,
    refusal text
);
comment on type erp_internal.requested_declaration is 'A declaration of the call: turn is when it is served (ordinal is its position in the call), record_date of which day its records are, if it is to be registered, declared_before what earlier rows of its phase declared, produced_quantity what of its good quantity is loaded and counts as produced (R54), lot_id its lot, below zero if that is to be made; movable and producing tell of its phase, closing that it closes its order, or, where it is registered, that it did (R54). The rows of the call that must be served before it: the closing of its order, the next row of its phase; and the reason if it is refused at once.';

create type erp_internal.material_need as (
    ordinal integer,
    production_order_id bigint,
    record_date date,
    line integer,
    item_id bigint,
    item_variant_id bigint,
    picking_type text,
    unit_quantity numeric,
    fixed boolean,
    scrap_percent numeric,
    quantity_decimals integer,
    quantity_before numeric,
    picked_quantity numeric,
    quantity numeric,
    load boolean,
    by_lot boolean,
    lot_policy text,
    commitments erp_internal.lot_quantity [],
    committed_location_id bigint,
    kept_resolved_by text,
    procurement_type text,
    mode text,
    purchased boolean,
    own_warehouse_id bigint,
    own_movement_reason_id bigint,
    own_location_id bigint,
    site_id bigint,
    machine_site_id bigint
);
comment on type erp_internal.material_need is 'What is to move and how much, before it is resolved where from: a material row, or what a declaration produces (line 0 good, -1 scrap). mode and what follows are those of a source case; purchased is null without MRP parameters. kept_resolved_by is the level that a release has kept of a transfer, committed_location_id where it left the lots (0: wherever they lie).';

create type erp_internal.source_case as (
    mode text,
    record_date date,
    purchased boolean,
    load boolean,
    item_id bigint,
    own_warehouse_id bigint,
    own_movement_reason_id bigint,
    own_location_id bigint,
    site_id bigint,
    machine_site_id bigint
);
comment on type erp_internal.source_case is 'What decides where something comes from or goes to (R10-R14, R51), the day included, on which a warehouse is valid or not (R12); 0 stands for none. mode: direct, wip, transfer or transferred of materials (R9, R11; of the latter the own warehouse, reason and location are those that its release has kept); finished, semi_finished or scrap of what is produced; posted or counted of what a stock document says. The own warehouse, reason and location are those of the material row, of the order''s header for what is produced, or of the document''s line.';

create type erp_internal.resolved_source as (
    mode text,
    record_date date,
    purchased boolean,
    load boolean,
    item_id bigint,
    own_warehouse_id bigint,
    own_movement_reason_id bigint,
    own_location_id bigint,
    site_id bigint,
    machine_site_id bigint,
    resolved_by text,
    warehouse_id bigint,
    movement_reason_id bigint,
    location_id bigint,
    allow_unavailable_lots boolean,
    counterpart_warehouse_id bigint,
    counterpart_movement_reason_id bigint,
    counterpart_location_id bigint,
    wip_movement_reason_id bigint,
    wip_resolved_by text,
    take_negative boolean,
    take_by_location boolean,
    add_by_location boolean,
    refusals erp_internal.source_refusal []
);
comment on type erp_internal.resolved_source is 'A source case and its answer: warehouse, reason and location of both sides, of a transfer also the issue reason and the level of its wip section, how the side that is taken from is checked, and the reasons to refuse it.';

create type erp_internal.material_demand as (
    ordinal integer,
    production_order_id bigint,
    record_date date,
    line integer,
    item_id bigint,
    item_variant_id bigint,
    picking_type text,
    unit_quantity numeric,
    fixed boolean,
    scrap_percent numeric,
    quantity_decimals integer,
    quantity_before numeric,
    picked_quantity numeric,
    quantity numeric,
    load boolean,
    by_lot boolean,
    lot_policy text,
    resolved_by text,
    warehouse_id bigint,
    movement_reason_id bigint,
    location_id bigint,
    own_location_id bigint,
    allow_unavailable_lots boolean,
    counterpart_warehouse_id bigint,
    counterpart_movement_reason_id bigint,
    counterpart_location_id bigint,
    procurement_type text,
    wip_movement_reason_id bigint,
    wip_resolved_by text,
    commitments erp_internal.lot_quantity [],
    committed_location_id bigint,
    take_checked boolean,
    take_by_location boolean,
    add_by_location boolean,
    refusals erp_internal.source_refusal []
);
comment on type erp_internal.material_demand is 'A material row that is to move: how much, from where, with which counterpart, and the reasons to refuse it (R2-R14). quantity is above zero; load tells a by-product. The take side is the source of an issue and the counterpart of a load.';

create type erp_internal.unmoved_material as (
    ordinal integer,
    production_order_id bigint,
    line integer,
    movable boolean,
    picking_type text,
    procurement_type text
);
comment on type erp_internal.unmoved_material is 'A material row that a release does not move, with what it decided about it (R3): movable is false for a row that is not, or whose item is a phantom; the types are null without MRP parameters.';

create type erp_internal.stock_cell as (
    cell integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    record_date date,
    on_date numeric,
    available numeric,
    lowest numeric,
    pick_rank integer,
    usable boolean,
    usable_unavailable boolean,
    earlier_cell integer,
    later_cell integer
);
comment on type erp_internal.stock_cell is 'A unit of availability: a lot in a location; of other items a warehouse (location_id -1) or, where it checks by location, a location; of each as many cells as there are record dates in the call. on_date is the balance on the record date, available the smallest on that date and all later ones (R16), lowest the smallest on that date and on later ones before the next record date. earlier_cell and later_cell are the cells of the same stock on the record dates before and after. pick_rank is the order in which the policy of a lot item takes from its cells.';

create type erp_internal.allocation_step as (
    ordinal integer,
    line integer,
    first_of_line boolean,
    unit_quantity numeric,
    fixed boolean,
    scrap_percent numeric,
    quantity_decimals integer,
    quantity_before numeric,
    picked_quantity numeric,
    quantity numeric,
    lot_id bigint,
    limit_quantity numeric,
    by_lot boolean,
    takes boolean,
    checked boolean,
    pool_first integer,
    pool_last integer,
    add_cell integer
);
comment on type erp_internal.allocation_step is 'One thing to try for a contested material row: take up to limit_quantity (null: the rest) from the cells of a pool. A lot item has a step per commitment and one for the rest.';

create type erp_internal.allocation as (
    ordinal integer,
    line integer,
    lot_id bigint,
    location_id bigint,
    quantity numeric,
    order_quantity numeric,
    refusal text,
    required numeric,
    available numeric
);
comment on type erp_internal.allocation is 'What a material row takes from a lot and location, or (refusal) what it lacks. A row without line tells how much of an order can be released (order_quantity).';

create type erp_internal.refusal as (
    ordinal integer,
    line integer,
    code text,
    order_label text,
    item_id bigint,
    item_variant_id bigint,
    warehouse_id bigint,
    location_id bigint,
    lot_id bigint,
    required numeric,
    available numeric,
    record_date date,
    detail text,
    column_name text,
    expected text,
    document_key text
);
comment on type erp_internal.refusal is 'A reason by ids, before it is rendered as a sentence (made by erp_internal.refusal); line orders the reasons of an order. location_id is the location that was checked, 0 for the stock in none, null where none is meant. detail is what the sentence names beside; of a lot still to be made (lot_id below zero) its code. column_name is the column of sent data that it is about, and expected what would be right there; line is then the place of the row in its list. document_key is the stock document that it is about.';

create type erp_internal.order_split as (
    production_order_id bigint,
    remainder_order_id bigint,
    whole_quantity numeric,
    kept_quantity numeric
);
comment on type erp_internal.order_split is 'A released order that was split (R23): its remainder, and its quantity before and after.';

create type erp_internal.record_count as (
    ordinal integer,
    record_count integer,
    movement_count integer
);
comment on type erp_internal.record_count is 'How many records and movements are written for an order or a declaration, or removed.';

create type erp_internal.call_answer as (
    ordinal integer,
    production_order_id bigint,
    production_declaration_id bigint,
    outcome text,
    record_count integer,
    movement_count integer,
    other_order_id bigint,
    reasons jsonb
);
comment on type erp_internal.call_answer is 'What a run answers for an order or a declaration (R61); ordinal is its position in the call.';

create type erp_internal.planned_movement as (
    ordinal integer,
    production_order_id bigint,
    production_declaration_id bigint,
    record_date date,
    outcome text,
    feasible_quantity numeric,
    line integer,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    warehouse_id bigint,
    movement_reason_id bigint,
    resolved_by text,
    picking_type text,
    quantity numeric,
    counterpart boolean,
    reasons jsonb,
    document_key text,
    material_line integer,
    picked boolean
);
comment on type erp_internal.planned_movement is 'A line of the plan that preview shows and release executes: each order, declaration or stock document has one row without line, then one per movement. line is the line of the plan, which a document counts by itself; material_line the material row that the movement is for, in whose picked quantity it counts if it is picked.';

create type erp_internal.requested_document as (
    ordinal integer,
    document_key text,
    record_date date,
    date_sent boolean,
    note text,
    digest bytea,
    posted_run_id bigint,
    refusal text
);
comment on type erp_internal.requested_document is 'A stock document of a call: date_sent tells that it says its record date itself; posted_run_id is the run that posted it before, if it is the same; refusal the reason if it is refused at once, or an empty text where more is wrong with it.';

create type erp_internal.document_line as (
    ordinal integer,
    line integer,
    record_date date,
    item_id bigint,
    item_variant_id bigint,
    by_lot boolean,
    lot_id bigint,
    lot_code text,
    warehouse_id bigint,
    location_id bigint,
    issue_movement_reason_id bigint,
    load_movement_reason_id bigint,
    quantity numeric,
    counted_quantity numeric,
    production_order_id bigint,
    material_line integer
);
comment on type erp_internal.document_line is 'A line of a stock document by ids, null where a code is unknown; 0 stands for no variant, lot or location. Of a line with a quantity one of the reasons is there, that of a count may have both. lot_id is below zero for a lot that there is not.';

create type erp_internal.document_move as (
    ordinal integer,
    line integer,
    counterpart boolean,
    direction integer,
    record_date date,
    item_id bigint,
    item_variant_id bigint,
    by_lot boolean,
    lot_id bigint,
    lot_code text,
    warehouse_id bigint,
    movement_reason_id bigint,
    location_id bigint,
    by_location boolean,
    checked boolean,
    quantity numeric,
    counted_quantity numeric,
    count_direction integer,
    counted_location_id bigint,
    production_order_id bigint,
    material_line integer,
    returned boolean,
    picked boolean
);
comment on type erp_internal.document_move is 'What a line of a stock document may move, on its own side or that of its counterpart: direction is 1 for a load, -1 for an issue. location_id null: wherever the lot lies. lot_id is below zero for a lot to be made. checked: the issue must be covered, by the location alone if by_location. A count has counted_quantity instead of quantity, and a move for either direction of the difference (count_direction), which is measured at counted_location_id. Of a line for a material row of an order: returned tells that it gives something back, picked that it counts in the picked quantity of the row.';

create type erp_internal.document_place as (
    ordinal integer,
    line integer,
    counterpart boolean,
    direction integer,
    place integer,
    location_id bigint,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    cell_location_id bigint,
    record_date date,
    taken boolean
);
comment on type erp_internal.document_place is 'Where a move of a document may take from, in the order of place, or loads into: its location, and the cell (see stock_cell) that this counts in. taken: it takes, and stock must cover that.';

create type erp_internal.document_count as (
    ordinal integer,
    line integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    record_date date,
    counted_quantity numeric,
    issuable boolean,
    loadable boolean,
    moved_before boolean
);
comment on type erp_internal.document_count is 'What a line of a document counts, in a cell exactly; whether there is a reason for either direction of the difference; moved_before: an earlier document of the call moves something in that cell, so that the difference comes of serving it.';

create type erp_internal.cell_day as (
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    record_date date
);
comment on type erp_internal.cell_day is 'A cell (see stock_cell) on a day on which a call moves or counts something in it.';

create type erp_internal.dated_cell as (
    index integer,
    last_index integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    record_date date,
    on_date numeric,
    available numeric
);
comment on type erp_internal.dated_cell is 'A cell on a day of a call: what is there at the end of that day, and at least until the next day of the call. The days of a cell follow each other from index up to last_index.';

create type erp_internal.document_step as (
    ordinal integer,
    line integer,
    counterpart boolean,
    direction integer,
    quantity numeric,
    counted_quantity numeric,
    count_direction integer,
    count_index integer,
    checked boolean,
    chosen boolean,
    issuable boolean,
    loadable boolean,
    gives_back boolean,
    cell_indexes integer [],
    counted_index integer
);
comment on type erp_internal.document_step is 'A move of a document that is served one by one: the days of the cells that it takes from, one after the other, or loads into (cell_indexes), of another cell that is counted in this call (counted_index), and of the cell that a count measures (count_index). chosen: the location, or the quantity of a count, comes of serving it. gives_back: what it takes is given back of what was issued for a material row, which counts as a cell of its own. A step of direction 0 measures a count, which may have a reason to be issuable, or loadable.';

create type erp_internal.document_allocation as (
    ordinal integer,
    line integer,
    counterpart boolean,
    direction integer,
    place integer,
    quantity numeric,
    refusal text,
    required numeric,
    available numeric
);
comment on type erp_internal.document_allocation is 'What a chosen step of a document moves, at which of its places, or (refusal) what it lacks.';

create type erp_internal.material_pick as (
    production_order_id bigint,
    line integer,
    quantity numeric
);
comment on type erp_internal.material_pick is 'What documents picked for a material row of an order.';

create type erp_internal.made_lot as (
    lot_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_code text collate "C",
    start_date date
);
comment on type erp_internal.made_lot is 'A lot that a run loads into: its id, below zero if it is to be made.';

create type erp_internal.requested_id as (
    ordinal integer,
    id bigint
);
comment on type erp_internal.requested_id is 'An id of a call, of whatever kind, and its position there.';

create type erp_internal.first_lot as (
    production_order_id bigint,
    first_order_id bigint
);
comment on type erp_internal.first_lot is 'An order, and the first order lot of its year and number.';

create type erp_internal.record_counter as (
    warehouse_id bigint,
    record_date date,
    last_number bigint
);
comment on type erp_internal.record_counter is 'The last record number of a warehouse on a day.';

create type erp_internal.removal as (
    production_order_id bigint,
    production_declaration_id bigint,
    order_label text,
    closing_turn integer,
    later_turn integer,
    document_key text
);
comment on type erp_internal.removal is 'What is to be taken back: the release of an order or, where a declaration is named, its registration; or a stock document (made by erp_internal.removal). Its position among others is its turn; closing_turn and later_turn are of those that must be taken back before it: the closing of its order, the next row of its phase.';

create type erp_internal.removal_change as (
    ordinal integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    record_date date,
    loaded numeric,
    change numeric,
    first_point integer,
    last_point integer
);
comment on type erp_internal.removal_change is 'What a removal (ordinal) takes from a cell that something was loaded into, or gives back to it, from a day on; first_point and last_point are the positions of the balances of the cell.';

create type erp_internal.balance_point as (
    record_date date,
    balance numeric
);
comment on type erp_internal.balance_point is 'The balance of a cell on a day.';

create type erp_internal.restored_split as (
    quantity numeric,
    remainder_kept boolean,
    merged_order_id bigint
);
comment on type erp_internal.restored_split is 'What a restore makes of a split order: the quantity that it has afterwards, whether its remainder stays, or which one it takes in again (R35).';

create type erp_internal.requested_merge as (
    ordinal integer,
    production_order_id bigint,
    order_label text,
    item_id bigint,
    item_variant_id bigint,
    quantity numeric,
    quantity_before numeric,
    place integer,
    origin_id bigint,
    origin_label text,
    origin_quantity numeric,
    origin_quantity_before numeric,
    origin_place integer,
    origin_turn integer
);
comment on type erp_internal.requested_merge is 'A remainder that is to go back into the order that it was split from, its origin (R57). Origins are numbered from 1: place is the number of the remainder where it is itself the origin of another one, origin_turn the turn of the origin where it is to go back too.';

-- What a change by hand is about, of whatever companies (R20).
create type erp_internal.item_change as (
    company_id integer,
    item_id bigint,
    column_name text
);
comment on type erp_internal.item_change is 'An item, and which of its columns (tracking, uom, quantity_decimals) is to change.';

create type erp_internal.reason_key as (
    company_id integer,
    movement_reason_id bigint
);
comment on type erp_internal.reason_key is 'A movement reason.';

create type erp_internal.changed_record as (
    company_id integer,
    record_date date,
    stock_record_id bigint,
    warehouse_id bigint
);
comment on type erp_internal.changed_record is 'A stock record that was made, changed or deleted by hand, itself or a line of it.';

create type erp_internal.changed_order as (
    company_id integer,
    production_order_id bigint,
    bound boolean
);
comment on type erp_internal.changed_order is 'An order whose rows change; bound tells whether more than free columns of them do.';

create type erp_internal.first_phase as (
    row_ctid tid,
    department text,
    work_center text,
    machine text
);
comment on type erp_internal.first_phase is 'Who works on the first phase of an order (its ctid), where the order has it otherwise.';

-- What lookups give of a table whose texts are sorted by: a text of a type keeps its collation.
create type erp_internal.found_lot as (
    lot_id bigint,
    lot_code text collate "C",
    start_date date,
    expiry_date date,
    state text,
    sellable boolean,
    closed boolean
);
comment on type erp_internal.found_lot is 'What erp_internal.lot_by_id gives of a lot.';

create type erp_internal.found_location as (
    location_id bigint,
    location_code text collate "C",
    blocked boolean
);
comment on type erp_internal.found_location is 'What erp_internal.location_by_id gives of a location.';

create type erp_internal.found_warehouse as (
    warehouse_code text collate "C",
    allow_negative_stock boolean,
    check_location boolean,
    valid_until date
);
comment on type erp_internal.found_warehouse is 'What erp_internal.warehouse_by_id gives of a warehouse.';
