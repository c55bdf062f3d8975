/// Small programs of real clients: each prints what it saw, and `done`.
enum RealPrograms {
    struct Program {
        var name: String
        var python = ""
        var psql: String?
        /// What may differ between the recorded run and the one with the stub.
        var relaxations: Set<String> = []
    }

    static let all = [psql, psycopg2, psycopg3, asyncpg, pg8000]

    private static let psql = Program(
        name: "psql",
        psql: """
            SET client_min_messages = warning;
            DROP TABLE IF EXISTS a;
            CREATE TABLE a (id serial PRIMARY KEY, name text, at timestamptz DEFAULT now());
            INSERT INTO a (name) VALUES ('ann'), ('böb') RETURNING id, name;
            SELECT * FROM a;
            \\copy a (id, name) FROM STDIN
            10\tten
            11\televen
            \\.
            COPY a (id, name) TO STDOUT;
            BEGIN;
            INSERT INTO a (id) VALUES (1);
            SELECT 1;
            ROLLBACK;
            SELECT 1 \\; SELECT 2 AS two;
            ;
            DO $$ BEGIN RAISE WARNING 'careful'; END $$;
            \\d a
            LISTEN jobs;
            NOTIFY jobs, 'one';
            SELECT count(*) FROM a;
            ALTER ROLE me PASSWORD 'hunter2';
            \\echo done

            """)

    private static let psycopg2 = Program(
        name: "psycopg2",
        python: """
            import os, io, datetime, uuid, psycopg2
            c = psycopg2.connect(host='127.0.0.1', port=os.environ['PORT'], user='scram', password='geheim', dbname='postgres')
            k = c.cursor()
            k.execute('DROP TABLE IF EXISTS b; CREATE TABLE b (id int PRIMARY KEY, u uuid, at timestamptz)')
            k.execute('INSERT INTO b VALUES (%s, %s, %s)', (1, str(uuid.uuid4()), datetime.datetime.now(datetime.timezone.utc)))
            c.commit()
            try:
                k.execute('INSERT INTO b (id) VALUES (1)')
            except psycopg2.errors.UniqueViolation as e:
                print(e.pgcode, e.diag.constraint_name, e)
            c.rollback()
            k.execute('SELECT id, at > %s FROM b', (datetime.datetime(2020, 1, 1),))
            print(k.fetchall(), [d.name for d in k.description])
            k.copy_from(io.StringIO('5\\n6\\n'), 'b', columns=('id',))
            out = io.StringIO()
            k.copy_expert('COPY b (id) TO STDOUT', out)
            print(out.getvalue())
            n = c.cursor('named')
            n.itersize = 2
            n.execute('SELECT id FROM b ORDER BY id')
            print(list(n))
            n.close()
            c.commit()
            print(c.server_version, c.get_parameter_status('TimeZone'), c.status)
            print('done')
            """, relaxations: ["literals"])

    private static let psycopg3 = Program(
        name: "psycopg 3",
        python: """
            import os, uuid, datetime, psycopg
            c = psycopg.connect(host='127.0.0.1', port=os.environ['PORT'], user='me', dbname='postgres')
            c.execute('DROP TABLE IF EXISTS d')
            c.execute('CREATE TABLE d (id int PRIMARY KEY, name text, u uuid, n numeric, j jsonb)')
            for i in range(8):
                c.execute('INSERT INTO d VALUES (%s, %s, %s, %s, %s)', (i, f'n{i}', uuid.uuid4(), i / 4, '{"a": 1}'))
            c.commit()
            k = c.cursor(binary=True)
            k.execute('SELECT id, name, n, j, now() > %s FROM d ORDER BY id', (datetime.datetime.now(datetime.timezone.utc),))
            print(k.fetchall())
            with c.pipeline():
                a = c.execute('SELECT count(*) FROM d')
                b = c.execute('SELECT max(id) FROM d WHERE name LIKE %s', ('n%',))
            print(a.fetchone(), b.fetchone())
            try:
                with c.pipeline() as p:
                    c.execute('SELECT 1/0')
                    p.sync()
            except psycopg.errors.DivisionByZero as e:
                print('error', e)
            c.rollback()
            with c.cursor().copy('COPY d (id, name) FROM STDIN') as copy:
                copy.write_row((100, 'hundred'))
            with c.cursor().copy('COPY (SELECT id FROM d ORDER BY 1) TO STDOUT') as copy:
                print([bytes(x) for x in copy])
            with c.transaction():
                with c.cursor('srv') as s:
                    s.execute('SELECT id FROM d ORDER BY id')
                    print(s.fetchmany(3), s.fetchall())
            c.execute('LISTEN jobs')
            c.commit()
            with psycopg.connect(host='127.0.0.1', port=os.environ['PORT'], user='me', dbname='postgres', autocommit=True) as o:
                o.execute("NOTIFY jobs, 'hello'")
            print([n.payload for n in c.notifies(timeout=20, stop_after=1)])
            c.close()
            print('done')
            """, relaxations: ["volatile bind values"])

    private static let asyncpg = Program(
        name: "asyncpg",
        python: """
            import os, asyncio, uuid, datetime, asyncpg
            async def main():
                p = await asyncpg.create_pool(host='127.0.0.1', port=int(os.environ['PORT']), user='me', database='postgres', min_size=1, max_size=1)
                async with p.acquire() as c:
                    await c.execute('DROP TABLE IF EXISTS e; CREATE TABLE e (id int PRIMARY KEY, u uuid, at timestamptz, tags text[])')
                    await c.execute('INSERT INTO e VALUES ($1, $2, $3, $4)', 1, uuid.uuid4(), datetime.datetime.now(datetime.timezone.utc), ['a', 'b'])
                    print(await c.fetch('SELECT id, tags FROM e WHERE id = $1', 1))
                    s = await c.prepare('SELECT $1::int + $2::int')
                    print(await s.fetchval(1, 2), await s.fetchval(3, 4))
                    await c.executemany('INSERT INTO e (id) VALUES ($1)', [(i,) for i in range(2, 6)])
                    try:
                        async with c.transaction():
                            await c.execute('INSERT INTO e (id) VALUES ($1)', 1)
                    except asyncpg.UniqueViolationError as x:
                        print(x.sqlstate, x.constraint_name)
                    async with c.transaction():
                        cursor = await c.cursor('SELECT id FROM e ORDER BY id')
                        print(await cursor.fetch(2), await cursor.fetch(10))
                    print(await c.copy_records_to_table('e', records=[(50, None, None, None)]))
                    print(c.get_server_version(), c.get_settings().TimeZone)
                async with p.acquire() as c:
                    print(await c.fetchrow('SELECT count(*) AS n FROM e'))
                await p.close()
            asyncio.run(main())
            print('done')
            """, relaxations: ["volatile bind values"])

    private static let pg8000 = Program(
        name: "pg8000",
        python: """
            import os, pg8000.dbapi
            c = pg8000.dbapi.connect(host='127.0.0.1', port=int(os.environ['PORT']), user='scram', password='geheim', database='postgres')
            k = c.cursor()
            k.execute('DROP TABLE IF EXISTS f')
            k.execute('CREATE TABLE f (id int PRIMARY KEY, name text)')
            k.executemany('INSERT INTO f VALUES (%s, %s)', [(1, 'x'), (2, None)])
            c.commit()
            k.execute('SELECT id, name FROM f WHERE id > %s ORDER BY id', (0,))
            print(k.fetchall(), k.rowcount)
            try:
                k.execute('SELECT nothing FROM f')
            except pg8000.dbapi.DatabaseError as e:
                print(e.args[0]['C'], e.args[0]['M'])
            c.rollback()
            k.execute('UPDATE f SET name = %s', ('z',))
            print(k.rowcount)
            c.commit()
            c.close()
            print('done')
            """)
}
