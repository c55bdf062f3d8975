import ReenactWire
import Testing

@testable import ReenactPostgres

struct NormalFormTests {
    private func form(_ sql: String, _ values: [String] = []) -> String? {
        SQLNormalForm.text(SQLWord.list(sql), values: values)
    }

    @Test(arguments: [
        (
            #"SELECT DATE_TRUNC('hour', at) AS "hour", COUNT(id) AS n FROM v GROUP BY DATE_TRUNC('hour', at) ORDER BY "hour" ASC"#,
            "select date_trunc('hour', at) as hour, count(id) as n from v group by 1 order by 1"
        ),
        ("SELECT a FROM t WHERE x BETWEEN 1 AND 2 AND y = 3", "SELECT a FROM t WHERE y = 3 AND x BETWEEN 1 AND 2"),
        ("SELECT a, b FROM t ORDER BY b DESC", "SELECT a, b FROM t ORDER BY 2 DESC"),
        ("SELECT a FROM t WHERE (b = 1 AND c != 2) OR d = 3", "SELECT a FROM t WHERE (c <> 2 AND b = 1) OR d = 3;"),
        (
            "SELECT count(*) FROM (SELECT x.a FROM x LEFT OUTER JOIN y AS y_1 ON y_1.i = x.i AND y_1.k = 3) AS anon_1",
            "SELECT count(*) FROM (SELECT x.a FROM x LEFT JOIN y y_2 ON y_2.k = 3 AND y_2.i = x.i) anon_9"
        ),
        (
            "WITH q AS (SELECT a FROM t WHERE b = 1 AND c = 2) SELECT a FROM q",
            "WITH q AS (SELECT a FROM t WHERE c = 2 AND b = 1) SELECT a FROM q"
        ),
    ])
    func `one question in two spellings has one form`(one: String, other: String) {
        let (first, second) = (form(one), form(other))
        #expect(first != nil && first == second)
    }

    @Test(arguments: [
        ("SELECT a, b FROM t ORDER BY b", "SELECT a, b FROM t ORDER BY 2 DESC"),
        ("SELECT a AS x FROM t", "SELECT a AS y FROM t"), ("SELECT a FROM t", "SELECT a FROM s"),
        ("SELECT a FROM t WHERE x = 1 OR y = 3 AND z = 4", "SELECT a FROM t WHERE z = 4 OR y = 3 AND x = 1"),
        ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE x = 2"),
        ("SELECT a FROM t LEFT JOIN s ON s.i = t.i", "SELECT a FROM t JOIN s ON s.i = t.i"),
        ("SELECT a FROM t", "SELECT DISTINCT a FROM t"), ("SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2"),
    ])
    func `other questions have other forms`(one: String, other: String) {
        let (first, second) = (form(one), form(other))
        #expect(first != nil && first != second)
    }

    @Test func `parameters count by their values, wherever they stand`() {
        let one = form("SELECT T3.id FROM a T3 WHERE T3.x = $1 AND T3.y = $2", ["7", "8"])
        let other = "SELECT U0.id FROM a AS U0 WHERE U0.y = $1 AND U0.x = $2"
        #expect(one != nil && one == form(other, ["8", "7"]))
        #expect(one != form(other, ["7", "8"]))
        #expect(
            form("SELECT a FROM t WHERE i IN ($1, $2, $3)", ["1", "2", "2"])
                == form("SELECT a FROM t WHERE i IN ($1, $2)", ["2", "1"]))
        #expect(
            form("SELECT a FROM t WHERE i IN ($1, $2, $3)", ["1", "2", "3"])
                != form("SELECT a FROM t WHERE i IN ($1, $2)", ["2", "1"]))
    }

    @Test(arguments: [
        "", "INSERT INTO t VALUES (1)", "SELECT (", "SELECT )", "SELECT 1; SELECT 2", "SELECT $3", "UPDATE t SET a = 1",
    ])
    func `what is no single query has no form`(sql: String) {
        #expect(form(sql) == nil)
    }
}
