import FoundationEssentials
import Glibc
import ReenactTesting

/// A MariaDB of the test run's own, started once; a watchdog ends it when the test process is gone.
enum RealServer {
    static let port = FreePort.take() ?? 0

    /// False where there is none on this machine.
    static let isUp: Bool = {
        guard access("/usr/sbin/mariadbd", X_OK) == 0 else { return false }
        let directory = Scratch.path("server")
        let user = getuid() == 0 ? "--user=mysql" : ""
        let script = """
            set -e
            chmod 755 "$(dirname "$D")"
            if [ "$(id -u)" = 0 ]; then install -d -o mysql -g mysql "$D"; else mkdir -p "$D"; fi
            mysql_install_db --no-defaults \(user) --datadir="$D" --auth-root-authentication-method=normal >/dev/null 2>&1
            /usr/sbin/mariadbd --no-defaults \(user) --datadir="$D" --socket="$D/s" --bind-address=127.0.0.1 \
                --port=\(port) --plugin-maturity=unknown --local-infile=1 >"$D.log" 2>&1 &
            P=$!
            ( while kill -0 $OWNER 2>/dev/null; do sleep 0.5; done; kill $P; wait $P || true
              while kill -0 $P 2>/dev/null; do sleep 0.2; done; rm -rf "$(dirname "$D")" ) >/dev/null 2>&1 &
            for i in $(seq 1 200); do
                mysql --no-defaults -h127.0.0.1 -P\(port) -uroot -e 'select 1' >/dev/null 2>&1 && break; sleep 0.1
            done
            mysql --no-defaults -h127.0.0.1 -P\(port) -uroot -e "
                create database shop; create database other;
                create user 'clerk'@'localhost' identified by 'pass word'; grant all on *.* to 'clerk'@'localhost';
                set global local_infile = 1"
            """
        return TestProgram(["bash", "-c", "D='\(directory)' OWNER=\(getpid())\n" + script]).wait().status == 0
    }()

    /// Python with the three drivers; made once and kept with the build.
    static let python: String? = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let environment = "/\(root)/.build/test-venvs/mysql"
        let python = "\(environment)/bin/python"
        let probe = ["-c", "import pymysql, mysql.connector"]
        if TestProgram([python] + probe).wait().status == 0 { return python }
        let made = TestProgram([
            "sh", "-c",
            "python3 -m venv '\(environment)' && '\(environment)/bin/pip' -q install PyMySQL mysql-connector-python; "
                + "'\(environment)/bin/pip' -q install mysqlclient; true",
        ]).wait()
        return made.status == 0 && TestProgram([python] + probe).wait().status == 0 ? python : nil
    }()

    static func has(_ module: String) -> Bool {
        guard let python else { return false }
        return TestProgram([python, "-c", "import \(module)"]).wait().status == 0
    }
}
