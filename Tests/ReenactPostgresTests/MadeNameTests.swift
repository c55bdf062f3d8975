import ReenactWire
import Testing

struct MadeNameTests {
    @Test func `names that were drawn for one run are left out, and others are not`() {
        #expect(
            MadeName.nameless("CREATE TABLE \"yoyo_tmp_dVxJKsq9i8\" (\"id\" INT PRIMARY KEY)")
                == MadeName.nameless("CREATE TABLE \"yoyo_tmp_r6gwgwJkfn\" (\"id\" INT PRIMARY KEY)"))
        #expect(
            MadeName.nameless("SELECT a FROM tmp_3fa9c2d17e WHERE b = 'x1Y2z3Q4'")
                == "SELECT a FROM tmp_? WHERE b = 'x1Y2z3Q4'")
        // Without a digit only where something is defined.
        #expect(MadeName.nameless("DROP TABLE \"tmp_dVxJKsqWiP\"") == "DROP TABLE \"tmp_?\"")
        // Behind `tmp_` it may be anything that is mixed.
        #expect(
            MadeName.nameless("CREATE TABLE \"yoyo_tmp_IHYGFXZgoh\" (id INT)") == "CREATE TABLE \"yoyo_tmp_?\" (id INT)"
        )
        #expect(MadeName.nameless("CREATE TABLE tmp_customers (id INT)") == nil)
        for sql in [
            "SELECT \"customerFirstName\" FROM \"orderLineItems\"", "SELECT address1Line, utf8mb4 FROM users2026",
            "INSERT INTO t VALUES (12345678, 'it''s')", "SELECT deadbeef FROM facade", "CREATE TABLE item (id INTEGER)",
            "'",
        ] { #expect(MadeName.nameless(sql) == nil, "\(sql)") }
    }
}
