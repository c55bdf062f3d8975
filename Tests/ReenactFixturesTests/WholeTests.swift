import Testing

@testable import ReenactFixtures

/// Groups beside the whole that they are a part of, references that a CHECK asks for, and trees.
@Suite struct WholeTests {
    static let schema = """
        CREATE TABLE topic (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent_id INTEGER REFERENCES topic(id));
        CREATE TABLE question (id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topic(id), title TEXT NOT NULL,
          views INTEGER NOT NULL, price REAL CHECK (price BETWEEN 0 AND 4));
        CREATE TABLE reply (id INTEGER PRIMARY KEY, question_id INTEGER NOT NULL REFERENCES question(id), size INTEGER);
        CREATE TABLE note (id INTEGER PRIMARY KEY, question_id INTEGER REFERENCES question(id),
          reply_id INTEGER REFERENCES reply(id), body TEXT NOT NULL, mail TEXT UNIQUE,
          CHECK ((question_id IS NULL) <> (reply_id IS NULL)));
        CREATE TABLE medal (person INTEGER NOT NULL, kind INTEGER NOT NULL, won DATE NOT NULL, PRIMARY KEY (person, kind, won));
        """

    static let data: String = {
        var text =
            "INSERT INTO topic VALUES (1,'code',NULL),(2,'swift',1),(3,'tests',2),(4,'home',NULL),(5,'garden',4);"
        for id in 1...120 {
            let topic = id % 7 == 0 ? "NULL" : String(id % 5 + 1)
            let title = "\(["How to", "Why does", "What is"][id % 3]) thing \(id % 11)"
            text += "INSERT INTO question VALUES (\(id),\(topic),'\(title)',\(id * 37 % 400),\(Double(id % 41) / 10));"
            text += "INSERT INTO reply VALUES (\(id),\(id % 60 + 1),\(id * 13 % 90));"
        }
        for id in 1...80 {
            let (question, reply) = id % 3 == 0 ? ("NULL", String(id)) : (String(id), "NULL")
            let mail = "'u\(id)@\(["one.test", "two.example"][id % 2])'"
            text += "INSERT INTO note VALUES (\(id),\(question),\(reply),'b\(id % 4)',\(mail));"
        }
        for id in 1...30 {
            text += "INSERT INTO medal VALUES (\(id % 4),\(id % 2),'2023-0\(id % 9 + 1)-1\(id / 10)');"
        }
        return text
    }()

    @Test(arguments: [
        "SELECT body, COUNT(*), COUNT(reply_id) FROM note GROUP BY body ORDER BY body",
        "SELECT id, reply_id, body FROM note WHERE id < 9 ORDER BY id",
        "SELECT SUBSTR(mail, INSTR(mail, '@') + 1) AS domain, COUNT(*) FROM note GROUP BY domain ORDER BY domain",
        "SELECT UPPER(SUBSTR(title, 1, INSTR(title, ' ') - 1)) AS word, COUNT(*) FROM question GROUP BY word ORDER BY word",
        "SELECT COUNT(*), MIN(id), MAX(id) FROM reply",
        "SELECT person, kind, COUNT(*), MIN(won), MAX(won) FROM medal GROUP BY person, kind ORDER BY person, kind",
        "SELECT COUNT(*), ROUND(AVG(price), 4) FROM question",
        "SELECT t.name, COUNT(q.id) AS n, ROUND(100.0 * COUNT(q.id) / (SELECT COUNT(*) FROM question), 2) AS share FROM topic t JOIN question q ON q.topic_id = t.id GROUP BY t.id ORDER BY n DESC, t.name",
        "SELECT t.name, SUM(q.views) AS n, ROUND(100.0 * SUM(q.views) / (SELECT SUM(views) FROM question), 2) AS share FROM topic t JOIN question q ON q.topic_id = t.id GROUP BY t.id ORDER BY n DESC LIMIT 3",
        "SELECT t.name, AVG(q.views) FROM topic t JOIN question q ON q.topic_id = t.id GROUP BY t.id HAVING AVG(q.views) > (SELECT AVG(views) FROM question) ORDER BY t.name",
        "WITH RECURSIVE tree(id, path, depth) AS (SELECT id, name, 0 FROM topic WHERE parent_id IS NULL UNION ALL SELECT t.id, tree.path || '/' || t.name, tree.depth + 1 FROM topic t JOIN tree ON t.parent_id = tree.id) SELECT path, depth FROM tree ORDER BY path",
        "WITH RECURSIVE tree(id, name, depth) AS (SELECT id, name, 1 FROM topic WHERE parent_id IS NULL UNION ALL SELECT t.id, t.name, tree.depth + 1 FROM topic t, tree WHERE t.parent_id = tree.id) SELECT SUBSTR('......', 1, (depth - 1) * 2) || name, depth FROM tree ORDER BY depth, name",
        "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 6) SELECT n.x, COUNT(q.id) FROM n LEFT JOIN question q ON q.topic_id = n.x GROUP BY n.x ORDER BY n.x",
        "SELECT id, views - LAG(views) OVER w, COUNT(*) OVER w FROM question WHERE id < 12 WINDOW w AS (ORDER BY id) ORDER BY id",
    ]) func `the part and the whole come out`(_ statement: String) throws {
        let report = try FixtureTrial.report([statement], Self.schema, Self.data)
        #expect(report.isExact, "\(report.failures)")
    }
}
