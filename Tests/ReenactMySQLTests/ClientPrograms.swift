/// The same story told to several drivers.
enum ClientPrograms {
    /// The second argument is the port, the first the driver's module.
    static let python = """
        import sys, datetime, decimal
        driver, port = sys.argv[1], int(sys.argv[2])
        kw = dict(host="127.0.0.1", port=port, user="clerk", password="pass word")
        if driver == "pymysql":
            import pymysql as m
            kw.update(database="shop", charset="utf8mb4")
        elif driver == "MySQLdb":
            import MySQLdb as m
            kw.update(database="shop", charset="utf8mb4")
        elif driver == "mariadb":
            import mariadb as m
            kw.update(database="shop")
        else:
            import mysql.connector as m
            kw.update(database="shop", ssl_disabled=True, use_pure=driver.endswith("pure"))
        c = m.connect(**kw)
        cur = c.cursor()
        def run(sql, args=None):
            try:
                cur.execute(sql, args) if args is not None else cur.execute(sql)
                if cur.description:
                    print([d[0] for d in cur.description], cur.fetchall())
                else:
                    print("ok", cur.rowcount, cur.lastrowid)
            except Exception as e:
                print("error", e.args)
        ph = "?" if driver == "mariadb" else "%s"
        run("DROP TABLE IF EXISTS item")
        run("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) UNIQUE, price DECIMAL(10,2),"
            " at DATETIME(3), big BIGINT UNSIGNED, f DOUBLE, b BLOB, t TIME, d DATE, y YEAR)")
        run(f"INSERT INTO item (name, price, at, big, f, b, t, d, y) VALUES ({ph},{ph},{ph},{ph},{ph},{ph},{ph},{ph},{ph})",
            ("drawer", decimal.Decimal("12.50"), datetime.datetime(2026,11,21,8,15,2), 2**64-1, 0.1, b"\\x00\\xff\\x01",
             datetime.timedelta(hours=30, minutes=5), datetime.date(2026,11,21), 2026))
        run(f"INSERT INTO item (name) VALUES ({ph})", ("Zoë 🪑",))
        c.commit()
        run("SELECT * FROM item ORDER BY id")
        run(f"SELECT name FROM item WHERE id = {ph}", (2,))
        run("SELECT name FROM item WHERE id = 99")
        run(f"INSERT INTO item (name) VALUES ({ph})", ("drawer",))
        c.rollback()
        run("SELECT * FROM nowhere")
        run(f"UPDATE item SET price = {ph} WHERE price IS NULL", (3,))
        c.rollback()
        run("SELECT COUNT(*) AS n, REPEAT('x', 300) AS s FROM item")
        run("SELECT seq, REPEAT('row', 20) FROM seq_1_to_400")
        if driver.startswith("mysql"):
            p = c.cursor(prepared=True)
            p.execute("SELECT id, name, price, at, big, f, t, d, y FROM item WHERE id = %s OR name = %s", (1, "none"))
            print(p.fetchall())
            p.execute("SELECT id, name, price, at, big, f, t, d, y FROM item WHERE id = %s OR name = %s", (2, "Zoë"))
            print(p.fetchall())
            p.close()
            c.cmd_statistics(); c.cmd_ping(); c.cmd_reset_connection()
        elif driver == "pymysql":
            c.ping(); c.select_db("other"); run("SELECT DATABASE()"); c.select_db("shop")
            s = m.cursors.SSCursor(c); s.execute("SELECT id FROM item"); print(s.fetchone()); s.close()
        elif driver == "mariadb":
            c.ping(); c.reset()
            b = c.cursor(); b.executemany("INSERT INTO item (name) VALUES (?)", [("b1",), ("b2",)]); print(b.rowcount); c.rollback()
            p = c.cursor(prepared=True); p.execute("SELECT name, big FROM item WHERE id=?", (1,)); print(p.fetchall())
            p.execute("SELECT name, big FROM item WHERE id=?", (2,)); print(p.fetchall())
        run("SET @x = 4")
        run("SELECT @x + 1")
        c.close()
        try:
            kw["password"] = "wrong"; m.connect(**kw); print("let in")
        except Exception as e:
            print("refused", e.args)
        """

    /// Runs the third argument, plainly and, where the driver can, prepared.
    static let oneStatement = """
        import sys
        driver, port, sql = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        kw = dict(host="127.0.0.1", port=port, user="clerk", password="pass word", database="shop")
        if driver == "pymysql":
            import pymysql as m
        elif driver == "mariadb":
            import mariadb as m
        else:
            import mysql.connector as m
            kw.update(ssl_disabled=True, use_pure=True)
            if driver == "sha2": kw.update(auth_plugin="caching_sha2_password")
        c = m.connect(**kw)
        cur = c.cursor()
        cur.execute(sql)
        print([d[0] for d in cur.description], list(cur.fetchall()))
        """

    static let php = """
        <?php
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        [$_, $kind, $port] = $argv;
        if ($kind === 'mysqli') {
            $c = new mysqli('127.0.0.1', 'clerk', 'pass word', 'shop', (int)$port);
            $c->set_charset('utf8mb4');
            $c->query('DROP TABLE IF EXISTS t'); $c->query('CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v TEXT, n DOUBLE) ENGINE=InnoDB');
            $s = $c->prepare('INSERT INTO t (v, n) VALUES (?, ?)');
            foreach ([['a', 1.5], ['b', null], [str_repeat('long', 5000), 2]] as [$v, $n]) { $s->bind_param('sd', $v, $n); $s->execute(); echo $s->affected_rows, ' ', $s->insert_id, "\\n"; }
            $null = null; $s->bind_param('bd', $null, $n); $s->send_long_data(0, 'first '); $s->send_long_data(0, 'second'); $s->execute();
            $s->close();
            $s = $c->prepare('SELECT id, LEFT(v, 20) v, n FROM t WHERE id < ?'); $i = 10; $s->bind_param('i', $i); $s->execute();
            foreach ($s->get_result() as $r) echo json_encode($r), "\\n";
            $s->reset(); $i = 2; $s->execute(); foreach ($s->get_result() as $r) echo json_encode($r), "\\n";
            $s->close();
            $s = $c->prepare('SELECT id FROM t ORDER BY id'); $s->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
            $s->execute(); $s->bind_result($id); while ($s->fetch()) echo "cursor $id\\n"; $s->close();
            $c->multi_query('SELECT 1 AS a; UPDATE t SET n = 0 WHERE id = 1; SELECT 2 AS b, 3 AS c');
            do { if ($r = $c->store_result()) echo json_encode($r->fetch_all(MYSQLI_ASSOC)), "\\n"; else echo $c->affected_rows, "\\n"; } while ($c->more_results() && $c->next_result());
            $c->begin_transaction(); $c->query('DELETE FROM t'); $c->rollback(); $c->autocommit(false); $c->autocommit(true);
            echo $c->stat() !== false ? "stat\\n" : '', $c->server_info, "\\n";
            try { $c->prepare('SELECT nothing FROM t'); } catch (mysqli_sql_exception $e) { echo $e->getCode(), ' ', $e->getMessage(), "\\n"; }
            $c->change_user('clerk', 'pass word', 'other'); echo json_encode($c->query('SELECT DATABASE() d')->fetch_all()), "\\n";
            $c->close();
        } else {
            $p = new PDO("mysql:host=127.0.0.1;port=$port;dbname=shop;charset=utf8mb4", 'clerk', 'pass word',
                [PDO::ATTR_EMULATE_PREPARES => $kind === 'pdo-emulated', PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
            $p->exec('DROP TABLE IF EXISTS u'); $p->exec('CREATE TABLE u (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20), w DATE)');
            $s = $p->prepare('INSERT INTO u (v, w) VALUES (:v, :w)');
            foreach ([['x', '2026-11-21'], ["O'Hara", null]] as [$v, $w]) { $s->execute(['v' => $v, 'w' => $w]); echo $p->lastInsertId(), "\\n"; }
            $s = $p->prepare('SELECT * FROM u WHERE v = ? OR id = ?'); $s->execute(["O'Hara", 1]); echo json_encode($s->fetchAll(PDO::FETCH_ASSOC)), "\\n";
            $s->execute(['none', 2]); echo json_encode($s->fetchAll(PDO::FETCH_ASSOC)), "\\n";
            $p->beginTransaction(); $p->exec('DELETE FROM u'); echo json_encode($p->inTransaction()), "\\n"; $p->rollBack();
            echo json_encode($p->query('SELECT COUNT(*) n FROM u')->fetch(PDO::FETCH_ASSOC)), "\\n";
            try { $p->query('SELEC 1'); } catch (PDOException $e) { echo $e->getMessage(), "\\n"; }
        }
        """

    static let sql = """
        use shop;
        drop table if exists c; create table c (id int, s varchar(20));
        insert into c values (1, 'one'), (2, NULL); begin; update c set s = 'zwei' where id = 2; select * from c; rollback;
        select * from c; show tables like 'c'; select version(), @@autocommit; set names utf8mb4; select nothing;
        call nothing(); describe c; savepoint s; select 'last' as word;
        """
}
