<?php
// A day of a client in PHP, with PDO (Debian: php-cli php-pgsql).
//
// Connects as libpq does: PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER
// and ERP_PASSWORD are those of a member of erp_writer.

declare(strict_types=1);

const TODAY = '2026-11-23';

const ORDER = [
    'order_year' => 2026,
    'order_number' => 901,
    'item_code' => 'PF-5700',
    'quantity' => 100,
    'end_date' => '2026-12-18',
    'phases' => [['phase' => 10, 'machine' => 'BC-02', 'machine_site_code' => 'BS']],
    'materials' => [
        ['line' => 1, 'item_code' => 'BR-0510', 'unit_quantity' => '0.75', 'scrap_percent' => 2, 'phase' => 10],
        ['line' => 2, 'item_code' => 'SP-5800', 'unit_quantity' => 1, 'phase' => 10],
    ],
];
const WHERE = ['warehouse_code' => 'BS-RM', 'reason_code' => 'CAR'];
const RECEIPT = [
    'document_key' => 'GR-4711',
    'record_date' => '2026-11-23',
    'lines' => [
        [...WHERE, 'item_code' => 'BR-0510', 'lot_code' => 'H-2612', 'quantity' => '250'],
        [...WHERE, 'item_code' => 'SP-5800', 'quantity' => 500],
    ],
];

const RELEASE = <<<SQL
    select order_year, order_number, outcome, movement_count, reasons
    from erp_api.release_production_orders(?, ?, p_record_date => ?, p_request_key => ?)
    SQL;
const PUT = 'select order_year, order_number, outcome from erp_api.put_production_orders(?, ?)';

/** Connects. Statements are not prepared, so that a pooler may stand in between. */
function connect(?string $user = null, ?string $password = null): PDO
{
    return new PDO('pgsql:', $user, $password, [
        PDO::PGSQL_ATTR_DISABLE_PREPARES => true,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_OBJ,
    ]);
}

/** Runs a call in a transaction of its own, and sends it again where another one was faster. */
function call(PDO $connection, string $statement, array $values = [], int $attempts = 5): array
{
    $connection->beginTransaction();
    try {
        $connection->exec("select set_config('erp.actor', 'anna', true)");
        $query = $connection->prepare($statement);
        $query->execute($values);
        $rows = $query->fetchAll();
        $connection->commit();
        return $rows;
    } catch (PDOException $error) {
        $connection->rollBack();
        if (!in_array($error->getCode(), ['40001', '40P01'], true) || $attempts === 1) {
            throw $error;
        }
    }
    return call($connection, $statement, $values, $attempts - 1);
}

/** Returns the SQLSTATE with which a call fails. */
function sqlstate(PDO $connection, string $statement, array $values): ?string
{
    try {
        call($connection, $statement, $values);
    } catch (PDOException $error) {
        return $error->getCode();
    }
    return null;
}

/** Gives the runs of the feed behind a place. It ends where two answers, of two transactions, are empty. */
function follow(PDO $connection, int $company, int $place): Generator
{
    $statement = <<<SQL
        select f.place, f.kind, h.actor, h.refused_count
        from erp_api.next_runs(?, ?) as f
        inner join erp_api.run_history as h on h.company_id = ? and h.run_id = f.run_id
        order by f.place
        SQL;
    for ($empty = 0; $empty < 2; $empty = $runs ? 0 : $empty + 1) {
        $runs = call($connection, $statement, [$company, $place, $company]);
        foreach ($runs as $run) {
            yield $run;
            $place = $run->place;
        }
    }
}

/** Writes an array as PostgreSQL reads it: of numbers, or of texts without commas, quotes and braces. */
function pg_array(array $values): string
{
    return '{' . implode(',', $values) . '}';
}

$operator = connect();
$erp = connect(getenv('ERP_USER'), getenv('ERP_PASSWORD'));

$company = call($operator, "select company_id from erp_api.my_companies where company_code = 'DEMO'")[0]->company_id;
$place = 0;
foreach (follow($operator, $company, $place) as $run) {
    $place = $run->place;
}

// The ERP puts an order, and posts what came in for it.
foreach (call($erp, PUT, [$company, json_encode([ORDER])]) as $row) {
    echo "order $row->order_year/$row->order_number: $row->outcome\n";
}
$post = 'select document_key, outcome, movement_count from erp_api.post_stock(?, ?)';
foreach (call($erp, $post, [$company, json_encode([RECEIPT])]) as $row) {
    echo "receipt $row->document_key: $row->outcome, $row->movement_count movements\n";
}

// The operator filters the grid of launched orders, and previews two of them.
$grid = <<<SQL
    select order_year, order_number, item_code, quantity, uom, end_date
    from erp_api.release_grid
    where company_id = ? and item_code = ? and end_date between ? and ?
    order by end_date, order_year, order_number, order_lot
    SQL;
foreach (call($operator, $grid, [$company, 'PF-5700', '2026-12-01', '2026-12-31']) as $row) {
    echo "$row->order_year/$row->order_number: $row->quantity $row->uom $row->item_code until $row->end_date\n";
}
$find = 'select order_id from erp_api.order_ids(?, ?) order by ordinal';
$orders = array_column(call($operator, $find, [$company, pg_array(['2026/901', '2026/126'])]), 'order_id');
$preview = <<<SQL
    select ordinal, outcome, quantity, item_code, lot_code
    from erp_api.preview_release(?, ?, p_record_date => ?)
    SQL;
foreach (call($operator, $preview, [$company, pg_array($orders), TODAY]) as $row) {
    $issue = $row->item_code ? ", $row->quantity $row->item_code " . ($row->lot_code ?? 'without lot') : '';
    echo "preview of order $row->ordinal: $row->outcome$issue\n";
}

// It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
$key = bin2hex(random_bytes(16));
$released = call($operator, RELEASE, [$company, pg_array($orders), TODAY, $key]);
foreach ($released as $row) {
    echo "release $row->order_year/$row->order_number: $row->outcome, $row->movement_count movements\n";
    foreach (json_decode($row->reasons) as $reason) {
        echo "  $reason->code: $reason->message\n";
    }
}
$again = call($operator, RELEASE, [$company, pg_array($orders), TODAY, $key]);
echo 'sent again: ', $again == $released ? 'the same answer' : 'another answer', "\n";

// A wrong call is an error with an SQLSTATE.
$first = pg_array(array_slice($orders, 0, 1));
echo 'the key of another call: ', sqlstate($operator, RELEASE, [$company, $first, TODAY, $key]), "\n";
echo 'an unknown company: ', sqlstate($operator, RELEASE, [0, $first, TODAY, null]), "\n";
echo 'an operator puts an order: ', sqlstate($operator, PUT, [$company, json_encode([ORDER])]), "\n";

// It takes the release back.
$restore = 'select order_year, order_number, outcome, movement_count from erp_api.restore_production_orders(?, ?)';
foreach (call($operator, $restore, [$company, $first]) as $row) {
    echo "restore $row->order_year/$row->order_number: $row->outcome, $row->movement_count movements\n";
}

// The feed tells what was done since.
foreach (follow($operator, $company, $place) as $run) {
    echo "run: $run->kind by $run->actor, $run->refused_count refused\n";
}
