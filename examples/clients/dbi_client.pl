#!/usr/bin/perl
# A day of a client in Perl, with DBD::Pg (Debian: libdbd-pg-perl).
#
# Connects as libpq does: PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER
# and ERP_PASSWORD are those of a member of erp_writer.

use v5.36;
use DBI;
use JSON::PP;

my $TODAY = '2026-11-23';

my $ORDER = {
    order_year   => 2026,
    order_number => 901,
    item_code    => 'PF-5700',
    quantity     => 100,
    end_date     => '2026-12-18',
    phases       => [ { phase => 10, machine => 'BC-02', machine_site_code => 'BS' } ],
    materials    => [
        { line => 1, item_code => 'BR-0510', unit_quantity => '0.75', scrap_percent => 2, phase => 10 },
        { line => 2, item_code => 'SP-5800', unit_quantity => 1, phase => 10 },
    ],
};
my %WHERE   = ( warehouse_code => 'BS-RM', reason_code => 'CAR' );
my $RECEIPT = {
    document_key => 'GR-4711',
    record_date  => '2026-11-23',
    lines        => [
        { %WHERE, item_code => 'BR-0510', lot_code => 'H-2612', quantity => '250' },
        { %WHERE, item_code => 'SP-5800', quantity => 500 },
    ],
};

my $RELEASE = <<~'SQL';
    select order_year, order_number, outcome, movement_count, reasons
    from erp_api.release_production_orders(?, ?, p_record_date => ?, p_request_key => ?)
    SQL
my $PUT = 'select order_year, order_number, outcome from erp_api.put_production_orders(?, ?)';

# Connects. Statements are not prepared, so that a pooler may stand in between.
sub connection ( $user = undef, $password = undef ) {
    return DBI->connect( 'dbi:Pg:', $user, $password,
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_server_prepare => 0 } );
}

# Runs a call in a transaction of its own, and sends it again where another one was faster. Returns rows, by name.
# Whoever goes on after another error rolls back.
sub call ( $dbh, $statement, @values ) {
    for my $attempt ( 1 .. 5 ) {
        my $rows = eval {
            $dbh->begin_work;
            $dbh->do(q{select set_config('erp.actor', 'anna', true)});
            my $answer = $dbh->selectall_arrayref( $statement, { Slice => {} }, @values );
            $dbh->commit;
            $answer;
        };
        return @$rows if $rows;
        die $@ if $dbh->state !~ /^40(001|P01)$/ || $attempt == 5;
        $dbh->rollback;
    }
}

# Returns the SQLSTATE with which a call fails.
sub sqlstate ( $dbh, @call ) {
    return if eval { call( $dbh, @call ); 1 };
    my $sqlstate = $dbh->state;
    $dbh->rollback;
    return $sqlstate;
}

# Returns the runs of the feed behind a place. It ends where two answers, of two transactions, are empty.
sub follow ( $dbh, $company, $place ) {
    my ( @runs, $empty );
    while ( ( $empty //= 0 ) < 2 ) {
        my @next = call( $dbh, <<~'SQL', $company, $place, $company );
            select f.place, f.kind, h.actor, h.refused_count
            from erp_api.next_runs(?, ?) as f
            inner join erp_api.run_history as h on h.company_id = ? and h.run_id = f.run_id
            order by f.place
            SQL
        push @runs, @next;
        $place = $next[-1]{place} if @next;
        $empty = @next ? 0 : $empty + 1;
    }
    return @runs;
}

my $operator = connection();
my $erp      = connection( @ENV{qw(ERP_USER ERP_PASSWORD)} );
my $json     = JSON::PP->new->canonical;

my ($company) = map { $_->{company_id} }
    call( $operator, q{select company_id from erp_api.my_companies where company_code = 'DEMO'} );
my $place = 0;
$place = $_->{place} for follow( $operator, $company, $place );

# The ERP puts an order, and posts what came in for it.
for my $row ( call( $erp, $PUT, $company, $json->encode( [$ORDER] ) ) ) {
    say "order $row->{order_year}/$row->{order_number}: $row->{outcome}";
}
my $post = 'select document_key, outcome, movement_count from erp_api.post_stock(?, ?)';
for my $row ( call( $erp, $post, $company, $json->encode( [$RECEIPT] ) ) ) {
    say "receipt $row->{document_key}: $row->{outcome}, $row->{movement_count} movements";
}

# The operator filters the grid of launched orders, and previews two of them.
my $grid = <<~'SQL';
    select order_year, order_number, item_code, quantity, uom, end_date
    from erp_api.release_grid
    where company_id = ? and item_code = ? and end_date between ? and ?
    order by end_date, order_year, order_number, order_lot
    SQL
for my $row ( call( $operator, $grid, $company, 'PF-5700', '2026-12-01', '2026-12-31' ) ) {
    say "$row->{order_year}/$row->{order_number}: $row->{quantity} $row->{uom} $row->{item_code} until $row->{end_date}";
}
my $find   = 'select order_id from erp_api.order_ids(?, ?) order by ordinal';
my @orders = map { $_->{order_id} } call( $operator, $find, $company, [ '2026/901', '2026/126' ] );

my $preview = <<~'SQL';
    select ordinal, outcome, quantity, item_code, lot_code
    from erp_api.preview_release(?, ?, p_record_date => ?)
    SQL
for my $row ( call( $operator, $preview, $company, \@orders, $TODAY ) ) {
    my $issue = $row->{item_code} ? ", $row->{quantity} $row->{item_code} " . ( $row->{lot_code} // 'without lot' ) : '';
    say "preview of order $row->{ordinal}: $row->{outcome}$issue";
}

# It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
my ($key) = map { $_->{key} } call( $operator, 'select gen_random_uuid() as key' );
my @release = ( $RELEASE, $company, \@orders, $TODAY, $key );
my @released = call( $operator, @release );
for my $row (@released) {
    say "release $row->{order_year}/$row->{order_number}: $row->{outcome}, $row->{movement_count} movements";
    say "  $_->{code}: $_->{message}" for @{ decode_json( $row->{reasons} ) };
}
my $same = $json->encode( [ call( $operator, @release ) ] ) eq $json->encode( \@released );
say 'sent again: ', $same ? 'the same answer' : 'another answer';

# A wrong call is an error with an SQLSTATE.
my $first = [ $orders[0] ];
say 'the key of another call: ',   sqlstate( $operator, $RELEASE, $company, $first,  $TODAY, $key );
say 'an unknown company: ',        sqlstate( $operator, $RELEASE, 0,        $first,  $TODAY, undef );
say 'an operator puts an order: ', sqlstate( $operator, $PUT,     $company, $json->encode( [$ORDER] ) );

# It takes the release back.
my $restore = 'select order_year, order_number, outcome, movement_count from erp_api.restore_production_orders(?, ?)';
for my $row ( call( $operator, $restore, $company, $first ) ) {
    say "restore $row->{order_year}/$row->{order_number}: $row->{outcome}, $row->{movement_count} movements";
}

# The feed tells what was done since.
for my $run ( follow( $operator, $company, $place ) ) {
    say "run: $run->{kind} by $run->{actor}, $run->{refused_count} refused";
}
