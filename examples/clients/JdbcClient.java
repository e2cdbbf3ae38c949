// A day of a client in Java, with JDBC (Debian: default-jdk-headless libpostgresql-jdbc-java):
// java -cp /usr/share/java/postgresql.jar JdbcClient.java
//
// Connects by PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER and
// ERP_PASSWORD are those of a member of erp_writer.

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

public class JdbcClient {
    static final LocalDate TODAY = LocalDate.of(2026, 11, 23);

    static final String ORDERS = """
        [{
            "order_year": 2026, "order_number": 901, "item_code": "PF-5700", "quantity": 100, "end_date": "2026-12-18",
            "phases": [{"phase": 10, "machine": "BC-02", "machine_site_code": "BS"}],
            "materials": [
                {"line": 1, "item_code": "BR-0510", "unit_quantity": "0.75", "scrap_percent": 2, "phase": 10},
                {"line": 2, "item_code": "SP-5800", "unit_quantity": 1, "phase": 10}
            ]
        }]""";
    static final String RECEIPTS = """
        [{
            "document_key": "GR-4711", "record_date": "2026-11-23",
            "lines": [
                {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "BR-0510", "lot_code": "H-2612",
                 "quantity": "250"},
                {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "SP-5800", "quantity": 500}
            ]
        }]""";

    static final String RELEASE = """
        select order_year, order_number, outcome, movement_count,
            array(
                select r ->> 'code' || ': ' || (r ->> 'message')
                from jsonb_array_elements(reasons) with ordinality as e (r, n) order by n
            ) as reasons
        from erp_api.release_production_orders(?, ?, p_record_date => ?, p_request_key => ?)""";
    static final String PUT = """
        select order_year, order_number, outcome from erp_api.put_production_orders(?, ?::jsonb)""";
    static final String FOLLOW = """
        select f.place, f.kind, h.actor, h.refused_count
        from erp_api.next_runs(?, ?) as f
        inner join erp_api.run_history as h on h.company_id = ? and h.run_id = f.run_id
        order by f.place""";

    /** Connects. Statements are not prepared, so that a pooler may stand in between. */
    static Connection connect(String user, String password) throws SQLException {
        Map<String, String> env = System.getenv();
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("prepareThreshold", "0");
        Connection connection = DriverManager.getConnection(
            "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE"), properties);
        connection.setAutoCommit(false);
        return connection;
    }

    interface Work<T> {
        T of(ResultSet row) throws SQLException;
    }

    /** Runs a call in a transaction of its own, sends it again where another one was faster, and reads its rows. */
    static <T> List<T> call(Connection connection, String statement, Work<T> read, Object... values)
            throws SQLException {
        for (int attempt = 1;; attempt++) {
            try (PreparedStatement actor = connection.prepareStatement("select set_config('erp.actor', 'anna', true)");
                    PreparedStatement query = connection.prepareStatement(statement)) {
                actor.execute();
                for (int i = 0; i < values.length; i++) {
                    query.setObject(i + 1, values[i]);
                }
                List<T> rows = new ArrayList<>();
                try (ResultSet answer = query.executeQuery()) {
                    while (answer.next()) {
                        rows.add(read.of(answer));
                    }
                }
                connection.commit();
                return rows;
            } catch (SQLException error) {
                connection.rollback();
                if (!List.of("40001", "40P01").contains(error.getSQLState()) || attempt == 5) {
                    throw error;
                }
            }
        }
    }

    /** Returns the SQLSTATE with which a call fails. */
    static String sqlstate(Connection connection, String statement, Object... values) {
        try {
            call(connection, statement, row -> row.getString("outcome"), values);
            return null;
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }

    record Run(long place, String kind, String actor, int refused) {}

    /** Returns the runs of the feed behind a place. It ends where two answers, of two transactions, are empty. */
    static List<Run> follow(Connection connection, int company, long place) throws SQLException {
        List<Run> runs = new ArrayList<>();
        for (int empty = 0; empty < 2;) {
            List<Run> next = call(connection, FOLLOW,
                row -> new Run(row.getLong("place"), row.getString("kind"), row.getString("actor"),
                    row.getInt("refused_count")),
                company, place, company);
            runs.addAll(next);
            place = next.isEmpty() ? place : next.get(next.size() - 1).place();
            empty = next.isEmpty() ? empty + 1 : 0;
        }
        return runs;
    }

    /** The number of the order of a row. */
    static String number(ResultSet row) throws SQLException {
        return row.getInt("order_year") + "/" + row.getInt("order_number");
    }

    static String movements(ResultSet row) throws SQLException {
        return row.getString("outcome") + ", " + row.getInt("movement_count") + " movements";
    }

    static void work(Connection operator, Connection erp) throws SQLException {
        int company = call(operator, "select company_id from erp_api.my_companies where company_code = 'DEMO'",
            row -> row.getInt(1)).get(0);
        long place = follow(operator, company, 0).stream().mapToLong(Run::place).max().orElse(0);

        // The ERP puts an order, and posts what came in for it.
        call(erp, PUT, row -> "order " + number(row) + ": " + row.getString("outcome"), company, ORDERS)
            .forEach(System.out::println);
        call(erp, "select document_key, outcome, movement_count from erp_api.post_stock(?, ?::jsonb)",
            row -> "receipt " + row.getString("document_key") + ": " + movements(row), company, RECEIPTS)
            .forEach(System.out::println);

        // The operator filters the grid of launched orders, and previews two of them.
        call(operator, """
            select order_year, order_number, item_code, quantity, uom, end_date
            from erp_api.release_grid
            where company_id = ? and item_code = ? and end_date between ? and ?
            order by end_date, order_year, order_number, order_lot""",
            row -> {
                BigDecimal quantity = row.getBigDecimal("quantity");
                LocalDate end = row.getObject("end_date", LocalDate.class);
                return number(row) + ": " + quantity.toPlainString() + " " + row.getString("uom") + " "
                    + row.getString("item_code") + " until " + end;
            },
            company, "PF-5700", LocalDate.of(2026, 12, 1), LocalDate.of(2026, 12, 31)).forEach(System.out::println);

        Object numbers = operator.createArrayOf("text", new String[] {"2026/901", "2026/126"});
        Object[] ids = call(operator, "select order_id from erp_api.order_ids(?, ?) order by ordinal",
            row -> row.getLong("order_id"), company, numbers).toArray();
        Object orders = operator.createArrayOf("bigint", ids);
        call(operator, """
            select ordinal, outcome, quantity, item_code, coalesce(lot_code, 'without lot') as lot
            from erp_api.preview_release(?, ?, p_record_date => ?)""",
            row -> {
                String item = row.getString("item_code");
                String issue = item == null ? "" : ", " + row.getBigDecimal("quantity").toPlainString() + " " + item
                    + " " + row.getString("lot");
                return "preview of order " + row.getInt("ordinal") + ": " + row.getString("outcome") + issue;
            },
            company, orders, TODAY).forEach(System.out::println);

        // It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
        UUID key = UUID.randomUUID();
        Work<String> released = row -> {
            String answer = "release " + number(row) + ": " + movements(row);
            String[] reasons = (String[]) row.getArray("reasons").getArray();
            return reasons.length == 0 ? answer : answer + "\n  " + String.join("\n  ", reasons);
        };
        List<String> first = call(operator, RELEASE, released, company, orders, TODAY, key);
        first.forEach(System.out::println);
        boolean same = call(operator, RELEASE, released, company, orders, TODAY, key).equals(first);
        System.out.println("sent again: " + (same ? "the same answer" : "another answer"));

        // A wrong call is an error with an SQLSTATE.
        Object one = operator.createArrayOf("bigint", new Object[] {ids[0]});
        System.out.println("the key of another call: " + sqlstate(operator, RELEASE, company, one, TODAY, key));
        System.out.println("an unknown company: " + sqlstate(operator, RELEASE, 0, one, TODAY, null));
        System.out.println("an operator puts an order: " + sqlstate(operator, PUT, company, ORDERS));

        // It takes the release back.
        call(operator, """
            select order_year, order_number, outcome, movement_count from erp_api.restore_production_orders(?, ?)""",
            row -> "restore " + number(row) + ": " + movements(row), company, one).forEach(System.out::println);

        // The feed tells what was done since.
        for (Run run : follow(operator, company, place)) {
            System.out.println("run: " + run.kind() + " by " + run.actor() + ", " + run.refused() + " refused");
        }
    }

    public static void main(String[] arguments) throws SQLException {
        Map<String, String> env = System.getenv();
        try (Connection operator = connect(env.get("PGUSER"), env.get("PGPASSWORD"));
                Connection erp = connect(env.get("ERP_USER"), env.get("ERP_PASSWORD"))) {
            work(operator, erp);
        }
    }
}
