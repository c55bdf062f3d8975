import sqlite3
import sys

db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c, d, e)")
db.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", (7, 1.5, 'x"é', b"\x00\xff", None))
db.commit()
assert db.execute("SELECT * FROM t").fetchall() == [(7, 1.5, 'x"é', b"\x00\xff", None)]
rows = db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i FROM n")
assert len(rows.fetchall()) == 1000
for bad in ("INSERT INTO t(a) VALUES (7)", "SELECT * FROM nowhere"):
    try:
        db.execute(bad)
    except sqlite3.Error:
        pass
sqlite3.connect(":memory:").execute("SELECT 1").fetchall()
