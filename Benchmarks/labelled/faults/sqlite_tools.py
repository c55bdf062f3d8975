"""Programs on SQLite: sqlite-utils, datasette, csvkit."""

import sqlite3
import threading
import time

from trial import fault


def database(t, script="CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO item VALUES (4711, 'saw')"):
    path = str(t.place / "shop.db")
    db = sqlite3.connect(path)
    db.executescript(script)
    db.commit()
    db.close()
    return path


def utils(t, *arguments, stdin=None, seconds=60):
    t.command([t.bin("sqlite-utils"), *arguments], stdin=stdin, seconds=seconds)


@fault("sqlite-utils", "missing-table", "missing-table", cause=("input answer", "invoice"))
def _(t):
    utils(t, "query", database(t), "select * from invoice where total > 4711")


@fault("sqlite-utils", "missing-column", "missing-column", cause=("input answer", "price"))
def _(t):
    utils(t, "query", database(t), "select price from item where id = 4711")


@fault("sqlite-utils", "unique", "unique-violation", cause=[("input", "id"), ("row cell answer", "item")])
def _(t):
    utils(t, "insert", database(t), "item", "-", "--pk", "id", stdin=b'[{"id": 4711, "name": "hammer"}]')


@fault("sqlite-utils", "not-null", "not-null-violation", cause=("input", "name"))
def _(t):
    utils(t, "insert", database(t), "item", "-", "--pk", "id", stdin=b'[{"id": 4712, "name": null}]')


@fault("sqlite-utils", "malformed-json", "malformed-input", cause=("input", "standard input"))
def _(t):
    utils(t, "insert", database(t), "item", "-", "--pk", "id", stdin=b'[{"id": 4712, "name": "ha')


@fault("sqlite-utils", "latin1", "encoding-error", cause=("file", "items.csv"))
def _(t):
    path = t.write("items.csv", "id,name\n4712,S\u00e4ge\n".encode("latin-1"))
    utils(t, "insert", database(t), "item", path, "--csv", "--pk", "id")


@fault("sqlite-utils", "no-file", "missing-file", cause=("file", "nothing.csv"))
def _(t):
    utils(t, "insert", database(t), "item", str(t.place / "nothing.csv"), "--csv")


@fault("sqlite-utils", "syntax", "sql-syntax", cause=("input answer", "form item"))
def _(t):
    utils(t, "query", database(t), "select id form item")


@fault("sqlite-utils", "locked", "lock-timeout", cause=("fault", "locked"))
def _(t):
    path = database(t)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("BEGIN EXCLUSIVE")
    try:
        utils(t, "insert", path, "item", "-", "--pk", "id", stdin=b'[{"id": 4712, "name": "hammer"}]')
    finally:
        db.execute("ROLLBACK")
        db.close()


@fault("sqlite-utils", "full", "disk-full", cause=None)
def _(t):
    # A trigger that fills the pages which the file may have: what a full disk says.
    path = database(t, "PRAGMA page_size = 512; CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
    utils(t, "query", path, "select 1; ")
    t.command(
        [t.bin("python"), "-c",
         "import sqlite_utils, sys; db = sqlite_utils.Database(sys.argv[1]); db.execute('PRAGMA max_page_count = 4');"
         "db['item'].insert_all({'id': i, 'name': 'x' * 400} for i in range(100))", path])


def datasette(t, arguments, path, environment=None):
    port = t.free_port()
    with t.server([t.bin("datasette"), "serve", "-h", "127.0.0.1", "-p", str(port), *arguments], port, environment):
        t.request(port, "GET", path)


@fault("datasette", "implicit-foreign-key", "unexpected-null", cause=("cell", "foreign_key_list"))
def _(t):
    # datasette issue 1285: a foreign key that names no column.
    path = database(t, "CREATE TABLE page (id INTEGER PRIMARY KEY, title TEXT); CREATE TABLE mark (id INTEGER PRIMARY KEY, page INTEGER REFERENCES page); INSERT INTO page VALUES (1, 'home'); INSERT INTO mark VALUES (1, 1)")
    datasette(t, [path], "/shop/mark")


@fault("datasette", "no-metadata", "missing-file", cause=("file", "no.json"))
def _(t):
    t.command([t.bin("datasette"), "serve", "-p", str(t.free_port()), database(t), "-m", str(t.place / "no.json")])


@fault("datasette", "metadata-not-json", "malformed-input", cause=("file", "m.json"))
def _(t):
    t.command([t.bin("datasette"), "serve", "-p", str(t.free_port()), database(t), "-m", t.write("m.json", "{title: ")])


@fault("datasette", "not-a-database", "malformed-input", cause=("file", "shop.db"))
def _(t):
    t.command([t.bin("datasette"), "serve", "-p", str(t.free_port()), t.write("shop.db", b"plain text, and more of it" * 100)])


def csvkit(t, tool, *arguments, **options):
    t.command([t.bin(tool), *arguments], **options)


@fault("csvkit", "latin1", "encoding-error", cause=("file", "a.csv"))
def _(t):
    csvkit(t, "csvcut", "-c", "1", t.write("a.csv", "name,price\nS\u00e4ge,3\n".encode("latin-1")))


@fault("csvkit", "no-file", "missing-file", cause=("file", "nothing.csv"))
def _(t):
    csvkit(t, "csvstat", str(t.place / "nothing.csv"))


@fault("csvkit", "no-column", "malformed-input", cause=[("input", "total"), ("file", "a.csv")])
def _(t):
    csvkit(t, "csvcut", "-c", "total", t.write("a.csv", "name,price\nsaw,3\n"))


@fault("csvkit", "unique", "unique-violation", cause=[("row cell answer", "item"), ("file", "id")])
def _(t):
    path = database(t)
    csvkit(
        t, "csvsql", "--db", f"sqlite:///{path}", "--no-create", "--insert", "--tables", "item",
        t.write("a.csv", "id,name\n4711,hammer\n"))


@fault("csvkit", "postgres-refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    csvkit(
        t, "csvsql", "--db", f"postgresql+psycopg2://shop:shop@127.0.0.1:{t.closed_port()}/shop", "--insert",
        t.write("a.csv", "id,name\n4711,hammer\n"))


@fault("csvkit", "postgres-password", "credentials-rejected", cause=("answer fault", "28P01"))
def _(t):
    csvkit(
        t, "csvsql", "--db", f"postgresql+psycopg2://shop:wrong@127.0.0.1:{t.postgres()}/shop", "--insert",
        t.write("a.csv", "id,name\n4711,hammer\n"))


@fault("csvkit", "no-driver", "wrong-configuration", cause=("input", "postgre:"))
def _(t):
    csvkit(t, "csvsql", "--db", "postgre://shop@127.0.0.1/shop", "--insert", t.write("a.csv", "id,name\n1,a\n"))
