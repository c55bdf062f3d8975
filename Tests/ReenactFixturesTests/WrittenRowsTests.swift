import Testing

@testable import ReenactFixtures

/// Writes that tell of the rows that they found.
@Suite struct WrittenRowsTests {
    static let schema = """
        CREATE TABLE product (sku TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, stock INTEGER NOT NULL CHECK (stock >= 0));
        CREATE TABLE task (id INTEGER PRIMARY KEY, state TEXT NOT NULL, prio INTEGER NOT NULL, done DATETIME);
        CREATE TABLE thread (id INTEGER PRIMARY KEY, uri TEXT UNIQUE);
        CREATE TABLE comment (tid REFERENCES thread(id), id INTEGER PRIMARY KEY, text TEXT, voters BLOB NOT NULL);
        CREATE TABLE pair (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b));
        CREATE TABLE model (name TEXT NOT NULL PRIMARY KEY, note TEXT);
        CREATE TABLE version (model TEXT NOT NULL REFERENCES model(name) ON UPDATE CASCADE, n INTEGER NOT NULL,
          PRIMARY KEY (model, n));
        CREATE TABLE part (model TEXT NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (model, n, name),
          FOREIGN KEY (model, n) REFERENCES version(model, n) ON UPDATE CASCADE);
        CREATE TABLE setting (id INTEGER PRIMARY KEY, body JSON, ends DATETIME);
        """
    static let data = """
        INSERT INTO product VALUES ('S1','a',3),('S2','b',9);
        INSERT INTO task VALUES (1,'new',1,NULL),(4,'new',1,NULL),(7,'open',2,NULL),(9,'new',3,NULL);
        INSERT INTO thread VALUES (1,'/a/'),(2,'/b/');
        INSERT INTO comment VALUES (1,3,'hi',x'00'),(1,4,'ho',x'00');
        INSERT INTO pair VALUES (1,5),(2,5),(3,5),(1,3),(9,3);
        INSERT INTO model VALUES ('a','first'),('b',NULL);
        INSERT INTO version VALUES ('a',1),('a',2),('b',1);
        INSERT INTO part VALUES ('a',2,'p'),('a',2,'q'),('b',1,'r');
        INSERT INTO setting VALUES (1,'{"lang": "de", "n": [1, 7]}','2930-01-01 00:00:00'),(2,'{}','2000-02-01 00:00:00');
        """
    static let upsert =
        "INSERT INTO product (sku, name, stock) VALUES ('S1', 'P', 4) ON CONFLICT (sku) DO UPDATE SET stock = product.stock + excluded.stock"

    @Test(arguments: [
        [upsert, "SELECT stock FROM product WHERE sku = 'S1'"],
        [upsert + " RETURNING stock"],
        [upsert + " RETURNING name, stock", "SELECT name, stock FROM product ORDER BY sku"],
        [upsert.replacing("S1", with: "S3"), "SELECT name, stock FROM product WHERE sku = 'S3'"],
        [upsert, upsert, "SELECT stock FROM product WHERE sku = 'S1'"],
        [upsert + " WHERE product.stock > 20", "SELECT stock FROM product WHERE sku = 'S1'"],
    ])
    func `Upserts find the row that was there`(statements: [String]) throws {
        #expect(try FixtureTrial.report(statements, Self.schema, Self.data).failures == [])
    }

    @Test(arguments: [
        ["UPDATE product SET stock = product.stock - 2 WHERE sku = 'S1' RETURNING stock"],
        ["UPDATE task SET state = 'open' WHERE state = 'new' AND prio <= 1 AND done IS NULL RETURNING id"],
        ["UPDATE task SET prio = prio + 1 WHERE state = 'new' RETURNING *", "SELECT id, prio FROM task ORDER BY id"],
        ["DELETE FROM task WHERE state = 'new' RETURNING id, prio", "SELECT count(*) FROM task"],
        ["SELECT prio FROM task WHERE id = 9", "DELETE FROM task WHERE prio > 2 RETURNING state"],
    ])
    func `Rows that writes returned are made`(statements: [String]) throws {
        #expect(try FixtureTrial.report(statements, Self.schema, Self.data).failures == [])
    }

    @Test(arguments: [
        [
            "INSERT INTO comment (tid, text, voters) SELECT thread.id, 'z', x'01' FROM thread WHERE thread.uri = '/a/'",
            "SELECT id, tid, text FROM comment WHERE text = 'z'",
        ],
        ["INSERT OR IGNORE INTO pair (a, b) SELECT pair.a, 3 FROM pair WHERE pair.b = 5"],
        [
            "INSERT INTO pair SELECT id + 20, prio FROM task WHERE state = 'new' RETURNING a, b",
            "SELECT id FROM task WHERE prio = 3",
        ],
    ])
    func `What INSERT took from a query is there`(statements: [String]) throws {
        #expect(try FixtureTrial.report(statements, Self.schema, Self.data).failures == [])
    }

    @Test(arguments: [
        ["UPDATE model SET name = 'z' WHERE name = 'a'", "SELECT model, n FROM version WHERE model = 'z' ORDER BY n"],
        [
            "SELECT n FROM version WHERE model = 'a' ORDER BY n", "UPDATE model SET name = 'z' WHERE name = 'a'",
            "SELECT note FROM model WHERE name = 'z'", "SELECT model, n FROM version ORDER BY model, n",
        ],
        [
            "SELECT name FROM part WHERE model = 'a' AND n = 2 ORDER BY name",
            "UPDATE model SET name = 'z' WHERE name = 'a'", "SELECT n FROM version WHERE model = 'z' ORDER BY n",
            "SELECT model, n, name FROM part ORDER BY name",
        ],
        [
            "UPDATE model SET name = 'y' WHERE name = 'a'", "UPDATE model SET name = 'z' WHERE name = 'y'",
            "INSERT INTO version VALUES ('z', 8)", "SELECT model, n FROM version WHERE model = 'z' ORDER BY n",
        ],
    ])
    func `References follow a changed key`(statements: [String]) throws {
        #expect(try FixtureTrial.report(statements, Self.schema, Self.data).failures == [])
    }

    @Test(arguments: [
        "SELECT tid, id FROM comment WHERE id = 3", "SELECT tid, count(*) FROM comment WHERE (5 | id) = 7 GROUP BY tid",
        "SELECT json_extract(body, '$.\"lang\"'), json_extract(body, '$.n[1]') FROM setting WHERE id = 1",
        "SELECT id FROM setting WHERE body ->> 'lang' = 'de'", "SELECT id FROM setting WHERE ends > CURRENT_TIMESTAMP",
        "DELETE FROM setting WHERE ends < datetime('now', '-7 days')",
        "SELECT id FROM task WHERE prio < CAST(strftime('%s', 'now', '-1 day') AS INTEGER) ORDER BY id",
        "SELECT id FROM task WHERE 10 - prio < 9 AND 3 + prio >= 5 ORDER BY id",
        "SELECT state FROM task WHERE prio - 0.5 > 2 AND state = 'new'",
    ])
    func `Bytes, columns without a type, documents and the clock`(statement: String) throws {
        #expect(try FixtureTrial.report([statement], Self.schema, Self.data).failures == [])
    }

    @Test(arguments: [
        "SELECT count(*), max(b) FROM pair WHERE a = 1", "SELECT count(*), min(b), max(b) FROM pair WHERE a = 1",
        "SELECT count(*), sum(b) FROM pair WHERE a = 1",
    ])
    func `Totals hold rows that were written and others beside them under one key`(question: String) throws {
        let statements = ["INSERT INTO pair VALUES (1, 4)", question]
        #expect(try FixtureTrial.report(statements, Self.schema, Self.data).failures == [])
    }
}
