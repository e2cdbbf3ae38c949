// A day of a client in JavaScript, with pg of node: npm install.
//
// Connects by PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER and
// ERP_PASSWORD are those of a member of erp_writer.

const { randomUUID } = require('node:crypto');
const { isDeepStrictEqual } = require('node:util');
const { Client, types } = require('pg');

// A date is a date, and not midnight somewhere. bigint and numeric are strings, so that no digit is lost.
types.setTypeParser(types.builtins.DATE, (text) => text);

const TODAY = '2026-11-23';

const ORDER = {
  order_year: 2026,
  order_number: 901,
  item_code: 'PF-5700',
  quantity: 100,
  end_date: '2026-12-18',
  phases: [{ phase: 10, machine: 'BC-02', machine_site_code: 'BS' }],
  materials: [
    { line: 1, item_code: 'BR-0510', unit_quantity: '0.75', scrap_percent: 2, phase: 10 },
    { line: 2, item_code: 'SP-5800', unit_quantity: 1, phase: 10 },
  ],
};
const WHERE = { warehouse_code: 'BS-RM', reason_code: 'CAR' };
const RECEIPT = {
  document_key: 'GR-4711',
  record_date: '2026-11-23',
  lines: [
    { ...WHERE, item_code: 'BR-0510', lot_code: 'H-2612', quantity: '250' },
    { ...WHERE, item_code: 'SP-5800', quantity: 500 },
  ],
};

const RELEASE = `
  select order_year, order_number, outcome, movement_count, reasons
  from erp_api.release_production_orders($1, $2, p_record_date => $3, p_request_key => $4)`;
const PUT = 'select order_year, order_number, outcome from erp_api.put_production_orders($1, $2)';

// Runs a call in a transaction of its own, and sends it again where another one was faster.
async function call(client, statement, values, attempts = 5) {
  try {
    await client.query('begin');
    await client.query("select set_config('erp.actor', 'anna', true)");
    const { rows } = await client.query(statement, values);
    await client.query('commit');
    return rows;
  } catch (error) {
    await client.query('rollback');
    if (['40001', '40P01'].includes(error.code) && attempts > 1) return call(client, statement, values, attempts - 1);
    throw error;
  }
}

// Returns the SQLSTATE with which a call fails.
const sqlstate = (client, statement, values) => call(client, statement, values).then(() => null, (error) => error.code);

// Gives the runs of the feed behind a place. It ends where two answers, of two transactions, are empty.
async function* follow(client, company, place) {
  const statement = `
    select f.place, f.kind, h.actor, h.refused_count
    from erp_api.next_runs($1, $2) as f
    inner join erp_api.run_history as h on h.company_id = $1 and h.run_id = f.run_id
    order by f.place`;
  for (let empty = 0; empty < 2;) {
    const runs = await call(client, statement, [company, place]);
    yield* runs;
    place = runs.at(-1)?.place ?? place;
    empty = runs.length ? 0 : empty + 1;
  }
}

async function work(operator, erp) {
  const [{ company_id: company }] = await call(
    operator, "select company_id from erp_api.my_companies where company_code = 'DEMO'",
  );
  let place = 0;
  for await (const run of follow(operator, company, place)) place = run.place;

  // The ERP puts an order, and posts what came in for it. An array of JavaScript would become one of PostgreSQL, so
  // JSON is sent as text.
  for (const row of await call(erp, PUT, [company, JSON.stringify([ORDER])])) {
    console.log(`order ${row.order_year}/${row.order_number}: ${row.outcome}`);
  }
  const post = 'select document_key, outcome, movement_count from erp_api.post_stock($1, $2)';
  for (const row of await call(erp, post, [company, JSON.stringify([RECEIPT])])) {
    console.log(`receipt ${row.document_key}: ${row.outcome}, ${row.movement_count} movements`);
  }

  // The operator filters the grid of launched orders, and previews two of them.
  const grid = `
    select order_year, order_number, item_code, quantity, uom, end_date
    from erp_api.release_grid
    where company_id = $1 and item_code = $2 and end_date between $3 and $4
    order by end_date, order_year, order_number, order_lot`;
  for (const row of await call(operator, grid, [company, 'PF-5700', '2026-12-01', '2026-12-31'])) {
    const { order_year, order_number, quantity, uom, item_code, end_date } = row;
    console.log(`${order_year}/${order_number}: ${quantity} ${uom} ${item_code} until ${end_date}`);
  }
  const find = 'select order_id from erp_api.order_ids($1, $2) order by ordinal';
  const orders = (await call(operator, find, [company, ['2026/901', '2026/126']])).map((row) => row.order_id);
  const preview = `
    select ordinal, outcome, quantity, item_code, lot_code
    from erp_api.preview_release($1, $2, p_record_date => $3)`;
  for (const row of await call(operator, preview, [company, orders, TODAY])) {
    const issue = row.item_code ? `, ${row.quantity} ${row.item_code} ${row.lot_code ?? 'without lot'}` : '';
    console.log(`preview of order ${row.ordinal}: ${row.outcome}${issue}`);
  }

  // It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
  const key = randomUUID();
  const released = await call(operator, RELEASE, [company, orders, TODAY, key]);
  for (const row of released) {
    console.log(`release ${row.order_year}/${row.order_number}: ${row.outcome}, ${row.movement_count} movements`);
    for (const reason of row.reasons) console.log(`  ${reason.code}: ${reason.message}`);
  }
  const again = await call(operator, RELEASE, [company, orders, TODAY, key]);
  console.log('sent again:', isDeepStrictEqual(again, released) ? 'the same answer' : 'another answer');

  // A wrong call is an error with an SQLSTATE.
  const first = orders.slice(0, 1);
  console.log('the key of another call:', await sqlstate(operator, RELEASE, [company, first, TODAY, key]));
  console.log('an unknown company:', await sqlstate(operator, RELEASE, [0, orders, TODAY, null]));
  console.log('an operator puts an order:', await sqlstate(operator, PUT, [company, JSON.stringify([ORDER])]));

  // It takes the release back.
  const restore = `
    select order_year, order_number, outcome, movement_count
    from erp_api.restore_production_orders($1, $2)`;
  for (const row of await call(operator, restore, [company, first])) {
    console.log(`restore ${row.order_year}/${row.order_number}: ${row.outcome}, ${row.movement_count} movements`);
  }

  // The feed tells what was done since.
  for await (const run of follow(operator, company, place)) {
    console.log(`run: ${run.kind} by ${run.actor}, ${run.refused_count} refused`);
  }
}

async function main() {
  const operator = new Client();
  const erp = new Client({ user: process.env.ERP_USER, password: process.env.ERP_PASSWORD });
  await Promise.all([operator.connect(), erp.connect()]);
  try {
    await work(operator, erp);
  } finally {
    await Promise.all([operator.end(), erp.end()]);
  }
}

main();
