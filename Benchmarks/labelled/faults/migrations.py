"""Programs on PostgreSQL: yoyo-migrations, alembic."""

import contextlib

from trial import fault


def yoyo(t, port, step, *, password="shop", name="shop", earlier="", environment=None):
    if earlier:
        t.sql(port, earlier)
    t.write("migrations/0001.first.py", f'from yoyo import step\nsteps = [step("""{step}""")]\n')
    t.command(
        [t.bin("yoyo"), "apply", "--batch", "--no-config-file", "--database",
         f"postgresql://shop:{password}@127.0.0.1:{port}/{name}", str(t.place / "migrations")], environment)


@fault("yoyo", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    yoyo(t, t.closed_port(), "SELECT 1")


@fault("yoyo", "password", "credentials-rejected", cause=("answer fault", "28P01"))
def _(t):
    yoyo(t, t.postgres(), "SELECT 1", password="wrong")


@fault("yoyo", "missing-database", "missing-database", cause=("answer fault", "3D000"))
def _(t):
    yoyo(t, t.postgres(), "SELECT 1", name="store")


@fault("yoyo", "missing-table", "missing-table", cause=("answer", "42P01"))
def _(t):
    yoyo(t, t.postgres(), "ALTER TABLE invoice ADD COLUMN total int")


@fault("yoyo", "missing-column", "missing-column", cause=("answer", "42703"))
def _(t):
    yoyo(t, t.postgres(), "UPDATE item SET price = 3", earlier="CREATE TABLE item (id int)")


@fault("yoyo", "unique", "unique-violation", cause=("answer", "23505"))
def _(t):
    yoyo(
        t, t.postgres(), "CREATE UNIQUE INDEX item_name ON item (name)",
        earlier="CREATE TABLE item (name text); INSERT INTO item VALUES ('saw'), ('saw')")


@fault("yoyo", "foreign-key", "foreign-key-violation", cause=("answer", "23503"))
def _(t):
    yoyo(
        t, t.postgres(), "ALTER TABLE sale ADD FOREIGN KEY (item) REFERENCES item (id)",
        earlier="CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE sale (item int); INSERT INTO sale VALUES (4711)")


@fault("yoyo", "not-null", "not-null-violation", cause=("answer", "23502"))
def _(t):
    yoyo(
        t, t.postgres(), "ALTER TABLE item ALTER COLUMN name SET NOT NULL",
        earlier="CREATE TABLE item (name text); INSERT INTO item VALUES (NULL)")


@fault("yoyo", "syntax", "sql-syntax", cause=("answer", "42601"))
def _(t):
    yoyo(t, t.postgres(), "CREATE TABEL item (id int)")


@fault("yoyo", "lock-timeout", "lock-timeout", cause=("answer", "55P03"))
def _(t):
    import psycopg2

    port = t.postgres()
    t.sql(port, "CREATE TABLE item (id int)")
    with contextlib.closing(psycopg2.connect(f"postgresql://shop:shop@127.0.0.1:{port}/shop")) as holder:
        holder.cursor().execute("LOCK TABLE item")
        yoyo(t, port, "SET lock_timeout = '500ms'; ALTER TABLE item ADD COLUMN name text")


@fault("yoyo", "statement-timeout", "statement-timeout", cause=("answer", "57014"))
def _(t):
    yoyo(t, t.postgres(), "SET statement_timeout = '300ms'; SELECT pg_sleep(5)")


@fault("yoyo", "too-many-connections", "too-many-connections", cause=("answer fault", "53300"))
def _(t):
    port = t.postgres()
    t.sql(port, "CREATE ROLE clerk LOGIN PASSWORD 'shop' CONNECTION LIMIT 0")
    t.write("migrations/0001.first.py", 'from yoyo import step\nsteps = [step("SELECT 1")]\n')
    t.command(
        [t.bin("yoyo"), "apply", "--batch", "--no-config-file", "--database",
         f"postgresql://clerk:shop@127.0.0.1:{port}/shop", str(t.place / "migrations")])


@fault("yoyo", "read-only", "database-read-only", cause=("answer", "25006"))
def _(t):
    port = t.postgres()
    t.sql(port, "ALTER DATABASE shop SET default_transaction_read_only = on")
    yoyo(t, port, "CREATE TABLE item (id int)")


@fault("yoyo", "division", "division-by-zero", cause=("answer", "22012"))
def _(t):
    yoyo(t, t.postgres(), "UPDATE item SET price = price / number",
         earlier="CREATE TABLE item (price int, number int); INSERT INTO item VALUES (3, 0)")


def alembic(t, url, *, script="pass", command=("upgrade", "head"), environment=None, env=None):
    t.write("alembic.ini", f"[alembic]\nscript_location = {t.place}/scripts\nsqlalchemy.url = {url}\n")
    t.write("scripts/script.py.mako", "")
    t.write("scripts/env.py", env or ENV)
    t.write("scripts/versions/a1_first.py", f'''from alembic import op
import sqlalchemy as sa
revision = "a1"
down_revision = None
def upgrade():
    {script}
''')
    t.command([t.bin("alembic"), "-c", str(t.place / "alembic.ini"), *command], environment)


ENV = '''from alembic import context
from sqlalchemy import create_engine
engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
'''


@fault("alembic", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    alembic(t, f"postgresql+psycopg2://shop:shop@127.0.0.1:{t.closed_port()}/shop")


@fault("alembic", "unknown-revision", "unknown-value", cause=("cell row", "alembic_version"))
def _(t):
    port = t.postgres()
    t.sql(port, "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('f00d4711')")
    alembic(t, f"postgresql+psycopg2://shop:shop@127.0.0.1:{port}/shop")


@fault("alembic", "duplicate", "duplicate-object", cause=("answer", "42P07"))
def _(t):
    port = t.postgres()
    t.sql(port, "CREATE TABLE item (id int)")
    alembic(t, f"postgresql+psycopg2://shop:shop@127.0.0.1:{port}/shop", script='op.create_table("item", sa.Column("id", sa.Integer))')


@fault("alembic", "no-variable", "missing-configuration", cause=("variable", "SHOP_DATABASE_URL"))
def _(t):
    env = ENV.replace('context.config.get_main_option("sqlalchemy.url")', '__import__("os").environ["SHOP_DATABASE_URL"]')
    alembic(t, "unused", env=env)


@fault("alembic", "wrong-variable", "wrong-configuration", cause=("variable", "SHOP_DATABASE_URL"))
def _(t):
    env = ENV.replace('context.config.get_main_option("sqlalchemy.url")', '__import__("os").environ["SHOP_DATABASE_URL"]')
    alembic(t, "unused", env=env, environment={"SHOP_DATABASE_URL": "host=db user=shop"})


@fault("alembic", "too-long", "malformed-input", cause=("answer", "22001"))
def _(t):
    port = t.postgres()
    t.sql(port, "CREATE TABLE item (name varchar(3))")
    alembic(t, f"postgresql+psycopg2://shop:shop@127.0.0.1:{port}/shop", script="op.execute(\"INSERT INTO item VALUES ('hammer')\")")


@fault("alembic", "no-ini", ("missing-file", "missing-configuration"), cause=("file", "nothing.ini"))
def _(t):
    t.command([t.bin("alembic"), "-c", str(t.place / "nothing.ini"), "upgrade", "head"])
