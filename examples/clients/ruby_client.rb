# A day of a client in Ruby, with pg (Debian: ruby-pg).
#
# Connects as libpq does: PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER
# and ERP_PASSWORD are those of a member of erp_writer.

require 'json'
require 'pg'
require 'securerandom'

TODAY = '2026-11-23'

ORDER = {
  order_year: 2026,
  order_number: 901,
  item_code: 'PF-5700',
  quantity: 100,
  end_date: '2026-12-18',
  phases: [{ phase: 10, machine: 'BC-02', machine_site_code: 'BS' }],
  materials: [
    { line: 1, item_code: 'BR-0510', unit_quantity: '0.75', scrap_percent: 2, phase: 10 },
    { line: 2, item_code: 'SP-5800', unit_quantity: 1, phase: 10 }
  ]
}.freeze
WHERE = { warehouse_code: 'BS-RM', reason_code: 'CAR' }.freeze
RECEIPT = {
  document_key: 'GR-4711',
  record_date: '2026-11-23',
  lines: [
    { **WHERE, item_code: 'BR-0510', lot_code: 'H-2612', quantity: '250' },
    { **WHERE, item_code: 'SP-5800', quantity: 500 }
  ]
}.freeze

RELEASE = <<~SQL
  select order_year, order_number, outcome, movement_count, reasons
  from erp_api.release_production_orders($1, $2, p_record_date => $3, p_request_key => $4)
SQL
PUT = 'select order_year, order_number, outcome from erp_api.put_production_orders($1, $2)'

ARRAY = PG::TextEncoder::Array.new

# Runs a call in a transaction of its own, and sends it again where another one was faster. What it returns are texts.
def call(connection, statement, *values)
  attempts = 5
  begin
    connection.transaction do
      connection.exec("select set_config('erp.actor', 'anna', true)")
      connection.exec_params(statement, values).to_a
    end
  rescue PG::TRSerializationFailure, PG::TRDeadlockDetected
    (attempts -= 1).positive? ? retry : raise
  end
end

# Returns the SQLSTATE with which a call fails.
def sqlstate(...)
  call(...) && nil
rescue PG::ServerError => e
  e.result.error_field(PG::PG_DIAG_SQLSTATE)
end

# Gives the runs of the feed behind a place. It ends where two answers, of two transactions, are empty.
def follow(connection, company, place)
  statement = <<~SQL
    select f.place, f.kind, h.actor, h.refused_count
    from erp_api.next_runs($1, $2) as f
    inner join erp_api.run_history as h on h.company_id = $1 and h.run_id = f.run_id
    order by f.place
  SQL
  empty = 0
  while empty < 2
    runs = call(connection, statement, company, place)
    runs.each { |run| yield run }
    place = runs.last['place'] if runs.any?
    empty = runs.any? ? 0 : empty + 1
  end
end

operator = PG.connect
erp = PG.connect(user: ENV.fetch('ERP_USER'), password: ENV.fetch('ERP_PASSWORD'))

company = call(operator, "select company_id from erp_api.my_companies where company_code = 'DEMO'")[0]['company_id']
place = 0
follow(operator, company, place) { |run| place = run['place'] }

# The ERP puts an order, and posts what came in for it.
call(erp, PUT, company, [ORDER].to_json).each do |row|
  puts "order #{row['order_year']}/#{row['order_number']}: #{row['outcome']}"
end
post = 'select document_key, outcome, movement_count from erp_api.post_stock($1, $2)'
call(erp, post, company, [RECEIPT].to_json).each do |row|
  puts "receipt #{row['document_key']}: #{row['outcome']}, #{row['movement_count']} movements"
end

# The operator filters the grid of launched orders, and previews two of them.
grid = <<~SQL
  select order_year || '/' || order_number as number, quantity, uom, item_code, end_date
  from erp_api.release_grid
  where company_id = $1 and item_code = $2 and end_date between $3 and $4
  order by end_date, order_year, order_number, order_lot
SQL
call(operator, grid, company, 'PF-5700', '2026-12-01', '2026-12-31').each do |row|
  puts "#{row['number']}: #{row['quantity']} #{row['uom']} #{row['item_code']} until #{row['end_date']}"
end
find = 'select order_id from erp_api.order_ids($1, $2) order by ordinal'
orders = call(operator, find, company, ARRAY.encode(%w[2026/901 2026/126])).map { |row| row['order_id'] }

preview = <<~SQL
  select ordinal, outcome, quantity, item_code, lot_code
  from erp_api.preview_release($1, $2, p_record_date => $3)
SQL
call(operator, preview, company, ARRAY.encode(orders), TODAY).each do |row|
  issue = ", #{row['quantity']} #{row['item_code']} #{row['lot_code'] || 'without lot'}" if row['item_code']
  puts "preview of order #{row['ordinal']}: #{row['outcome']}#{issue}"
end

# It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
key = SecureRandom.uuid
released = call(operator, RELEASE, company, ARRAY.encode(orders), TODAY, key)
released.each do |row|
  puts "release #{row['order_year']}/#{row['order_number']}: #{row['outcome']}, #{row['movement_count']} movements"
  JSON.parse(row['reasons']).each { |reason| puts "  #{reason['code']}: #{reason['message']}" }
end
again = call(operator, RELEASE, company, ARRAY.encode(orders), TODAY, key)
puts "sent again: #{again == released ? 'the same answer' : 'another answer'}"

# A wrong call is an error with an SQLSTATE.
first = ARRAY.encode(orders.first(1))
puts "the key of another call: #{sqlstate(operator, RELEASE, company, first, TODAY, key)}"
puts "an unknown company: #{sqlstate(operator, RELEASE, 0, first, TODAY, nil)}"
puts "an operator puts an order: #{sqlstate(operator, PUT, company, [ORDER].to_json)}"

# It takes the release back.
restore = 'select order_year, order_number, outcome, movement_count from erp_api.restore_production_orders($1, $2)'
call(operator, restore, company, first).each do |row|
  puts "restore #{row['order_year']}/#{row['order_number']}: #{row['outcome']}, #{row['movement_count']} movements"
end

# The feed tells what was done since.
follow(operator, company, place) do |run|
  puts "run: #{run['kind']} by #{run['actor']}, #{run['refused_count']} refused"
end
