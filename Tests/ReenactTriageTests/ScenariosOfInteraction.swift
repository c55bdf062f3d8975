import ReenactSamples
import ReenactTimeline

extension Scenario {
    private static let decode = frame(
        "load", "/srv/app/rates.py", 9, "return json.loads(text)[\"rate\"]", locals: [("text", "'<html>busy</html>'")])

    private static func calls(_ sample: inout SampleBuilder, first: Int64, then: Int64, count: Int, pause: Int64 = 0) {
        sample.http(host: "api.rates.test", "/latest", status: first, body: "{}")
        for index in 1..<count {
            sample.wait(milliseconds: pause * Int64(index * index))
            sample.http(host: "api.rates.test", "/latest", status: then, body: "{}")
        }
        sample.fail(
            "requests.exceptions.HTTPError",
            "429 Client Error: Too Many Requests for url: https://api.rates.test/latest",
            frames: [frame("fetch", "/srv/app/fetch.py", 9, "response.raise_for_status()")])
    }

    static let interaction: [Scenario] = [
        .init("an error that was put into the cache", "cache-poisoned", says: ["had answered 503"]) {
            $0.http(
                host: "api.rates.test", "/latest", status: 503, type: "application/json", body: "{\"error\": \"down\"}")
            $0.redis("SETEX", ["rates", "600", "{\"error\": \"down\"}"], reply: "OK")
            $0.redis("GET", ["rates"], reply: "{\"error\": \"down\"}")
            $0.fail(
                "KeyError", "'rate'",
                frames: [
                    frame(
                        "load", "/srv/app/rates.py", 9, "return data[\"rate\"]", locals: [("data", "{'error': 'down'}")]
                    )
                ])
        },
        .init("a page in the cache", "cache-poisoned", says: ["a page from the cache"]) {
            $0.redis("GET", ["rates"], reply: "<html>busy</html>")
            $0.fail("json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", frames: [decode])
        },
        .init("a cached object of another form is no poison", "dependency-missing-field") {
            $0.redis("GET", ["rates"], reply: "{\"rates\": 2, \"base\": \"EUR\"}")
            $0.fail(
                "KeyError", "'rate'",
                frames: [
                    frame(
                        "load", "/srv/app/rates.py", 9, "return data[\"rate\"]",
                        locals: [("data", "{'rates': 2, 'base': 'EUR'}")])
                ])
        },
        .init("an empty list of errors is no poison", "dependency-missing-field") {
            $0.redis("GET", ["rates"], reply: "{\"errors\": [], \"base\": \"EUR\"}")
            $0.fail(
                "KeyError", "'rate'",
                frames: [
                    frame(
                        "load", "/srv/app/rates.py", 9, "return data[\"rate\"]",
                        locals: [("data", "{'errors': [], 'base': 'EUR'}")])
                ])
        },
        .init("retries that end in 429", "retry-storm", says: ["12 times", "answered 503"]) {
            calls(&$0, first: 503, then: 429, count: 12)
        },
        .init("429 from the first call on", "rate-limited") { calls(&$0, first: 429, then: 429, count: 12) },
        .init("retries with growing pauses", "rate-limited") {
            calls(&$0, first: 503, then: 429, count: 12, pause: 20)
        },
        .init("three retries are no storm", "rate-limited") { calls(&$0, first: 503, then: 429, count: 3) },
        .init("a setting that can't be read", "wrong-configuration", says: ["POOL_SIZE is \"ten\""]) {
            $0.value.environment.variables = ["POOL_SIZE": "ten", "PATH": "/usr/bin"]
            $0.fail(
                "ValueError", "invalid literal for int() with base 10: 'ten'",
                frames: [frame("<module>", "/srv/app/config.py", 9, "SIZE = int(os.environ[\"POOL_SIZE\"])")])
        },
        .init("a driver that nobody knows", "wrong-configuration") {
            $0.value.environment.variables = ["DATABASE_URL": "postgre://db/shop"]
            $0.fail(
                "ValueError", "unknown database address 'postgre://db/shop'",
                frames: [frame("connect", "/srv/app/db.py", 9, "raise ValueError(address)")])
        },
        .init("the same value came with the request", "malformed-input", operation: "GET /list") {
            $0.value.environment.variables = ["POOL_SIZE": "ten"]
            $0.value.events = []
            $0.request("GET", "/list?size=ten")
            $0.fail(
                "ValueError", "invalid literal for int() with base 10: 'ten'",
                frames: [frame("list", "/srv/app/list.py", 9, "size = int(request.args[\"size\"])")])
        },
        .init("an everyday word proves nothing", "unclear") {
            $0.value.environment.variables = ["MODE": "new"]
            $0.fail(
                "ValueError", "unknown state 'new'", frames: [frame("step", "/srv/app/steps.py", 9, "raise ValueError")]
            )
        },
    ]

    static let versions: [Scenario] = [
        .init("a library that lacks a name", "version-mismatch") {
            $0.fail(
                "ImportError",
                "cannot import name 'url_quote' from 'werkzeug.urls' (/venv/lib/python3.11/site-packages/werkzeug/urls.py)",
                frames: [frame("<module>", "/srv/app/a.py", 3, "from werkzeug.urls import url_quote")])
        },
        .init("a circular import of the program's own", "unclear") {
            $0.fail(
                "ImportError",
                "cannot import name 'a' from partially initialized module 'shop.b' (most likely due to a circular import) (/srv/app/shop/b.py)",
                frames: [frame("<module>", "/srv/app/shop/a.py", 3, "from shop.b import a")])
        },
        .init("a name that the program itself lacks", "unclear") {
            $0.fail(
                "ImportError", "cannot import name 'tax' from 'shop.rates' (/srv/app/shop/rates.py)",
                frames: [frame("<module>", "/srv/app/shop/a.py", 3, "from shop.rates import tax")])
        },
        .init("an installed module without an attribute", "version-mismatch") {
            $0.value.environment.packages = ["numpy": "2.0.1"]
            $0.fail(
                "AttributeError", "module 'numpy' has no attribute 'float'",
                frames: [frame("mean", "/srv/app/a.py", 3, "numpy.float(x)")])
        },
        .init("the program's own module without an attribute", "unclear") {
            $0.value.environment.packages = ["numpy": "2.0.1"]
            $0.fail(
                "AttributeError", "module 'rates' has no attribute 'tax'",
                frames: [frame("mean", "/srv/app/a.py", 3, "rates.tax(x)")])
        },
        .init("a Redis that is too old", "version-mismatch", says: ["GETEX"]) {
            $0.redis("GETEX", ["session:1"], reply: ["error": "ERR unknown command 'GETEX'"])
            $0.value.events[1].outcome = "redis:error:ERR"
            $0.value.events[1].result = "ERR unknown command 'GETEX'"
            $0.fail(
                "redis.exceptions.ResponseError", "unknown command 'GETEX', with args beginning with: 'session:1'",
                frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("another error of Redis", "redis-wrong-type") {
            $0.redis("LPUSH", ["session:1", "a"], reply: ["error": "WRONGTYPE"])
            $0.value.events[1].outcome = "redis:error:WRONGTYPE"
            $0.value.events[1].result = "WRONGTYPE Operation against a key holding the wrong kind of value"
            $0.fail(
                "redis.exceptions.ResponseError",
                "WRONGTYPE Operation against a key holding the wrong kind of value",
                frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("426 asks for a newer client", "version-mismatch") {
            $0.http(host: "docker.test", "/v1.24/info", status: 426, body: "{}")
            $0.fail(
                "HTTPError", "426 Client Error: Upgrade Required", frames: [frame("info", "/srv/app/docker.py", 3)])
        },
        .init("a client that is too old", "version-mismatch") {
            $0.http(
                host: "docker.test", "/v1.24/info", status: 400,
                body: "{\"message\": \"client version 1.24 is too old. Minimum supported API version is 1.44\"}")
            $0.fail("docker.errors.APIError", "400 Client Error: Bad Request", frames: [frame("info", "/srv/a.py", 3)])
        },
        .init("400 for another reason", "dependency-error-status") {
            $0.http(host: "docker.test", "/v1.24/info", status: 400, body: "{\"message\": \"no such container\"}")
            $0.fail("docker.errors.APIError", "400 Client Error: Bad Request", frames: [frame("info", "/srv/a.py", 3)])
        },
        .init("a package that nobody installed", "missing-package", says: ["psycopg"]) {
            $0.fail(
                "ModuleNotFoundError", "No module named 'psycopg'",
                frames: [frame("connect", "/srv/app/db.py", 3, "import psycopg")])
        },
        .init("a part of the program that is not there", "unclear") {
            $0.fail(
                "ModuleNotFoundError", "No module named 'app.rates'",
                frames: [frame("<module>", "/srv/app/shop.py", 3, "from app.rates import tax")])
        },
        .init("a setting that the configuration lacks", "missing-configuration") {
            $0.fail(
                "alembic.util.exc.CommandError", "No 'script_location' key found in configuration.",
                frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("a configuration row that is missing is no setting", "missing-row") {
            $0.sql("SELECT value FROM configuration WHERE name = $1", params: ["currency"], columns: ["value"])
            $0.fail(
                "ConfigurationNotFound", "no configuration row found",
                frames: [frame("load", "/srv/app/a.py", 3, locals: [("name", "'currency'")])])
        },
        .init("a table whose making was refused", "database-read-only", says: ["had failed with"]) {
            $0.sql(
                "CREATE TABLE job_lock (id int)",
                error: ("25006", "cannot execute CREATE TABLE in a read-only transaction"))
            $0.sql("SELECT id FROM job_lock", error: ("42P01", "relation \"job_lock\" does not exist"))
            $0.fail(
                "psycopg2.errors.UndefinedTable", "relation \"job_lock\" does not exist",
                frames: [frame("lock", "/srv/app/a.py", 3)])
        },
        .init("a table of another name was refused before", "missing-table") {
            $0.sql(
                "CREATE TABLE audit (id int)",
                error: ("25006", "cannot execute CREATE TABLE in a read-only transaction"))
            $0.sql("SELECT id FROM job_lock", error: ("42P01", "relation \"job_lock\" does not exist"))
            $0.fail(
                "psycopg2.errors.UndefinedTable", "relation \"job_lock\" does not exist",
                frames: [frame("lock", "/srv/app/a.py", 3)])
        },
        .init("a transaction of Redis that was given up", "database-read-only") {
            $0.redis("HSET", ["worker:1", "state", "busy"], reply: ["error": "READONLY"])
            $0.value.events[1].outcome = "redis:error:READONLY"
            $0.value.events[1].result = "READONLY You can't write against a read only replica."
            $0.redis("EXEC", [], reply: ["error": "EXECABORT"])
            $0.value.events[2].outcome = "redis:error:EXECABORT"
            $0.value.events[2].result = "EXECABORT Transaction discarded because of previous errors."
            $0.fail(
                "redis.exceptions.ResponseError", "Transaction discarded because of previous errors.",
                frames: [frame("birth", "/srv/app/a.py", 3)])
        },
        .init("a setting that a command says is required", "missing-configuration", says: ["site_name"]) {
            $0.value.trigger = .init(kind: .command, summary: "mkdocs build", time: 0)
            $0.value.outputTail = "ERROR - Config value 'site_name': Required configuration not provided.\n\nAborted"
            $0.fail("mkdocs.exceptions.Abort", "Aborted with an error!", frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("a setting that a command does not know", "wrong-configuration", says: ["theme"]) {
            $0.value.trigger = .init(kind: .command, summary: "mkdocs build", time: 0)
            $0.value.outputTail = "ERROR - Config value 'theme': Unrecognised theme name: 'baroque'.\n\nAborted"
            $0.fail("mkdocs.exceptions.Abort", "Aborted with an error!", frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("output that merely tells of its configuration", "unclear") {
            $0.value.trigger = .init(kind: .command, summary: "mkdocs build", time: 0)
            $0.value.outputTail = "INFO - Config value 'theme': 'mkdocs' is in use\nINFO - building"
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("a statement that SQLite can't read", "sql-syntax") {
            $0.sql("select id form item", on: "sqlite", error: ("1", "near \"item\": syntax error"))
            $0.fail(
                "sqlite3.OperationalError", "near \"item\": syntax error",
                frames: [frame("load", "/srv/app/a.py", 3)])
        },
        .init("a value of the command line", "malformed-input", says: ["The command line brought \"total\""]) {
            $0.value.trigger = .init(kind: .command, summary: "csvcut", time: 0)
            $0.value.environment.command = ["csvcut", "-c", "total", "a.csv"]
            $0.fail(
                "ColumnIdentifierError", "Column 'total' is invalid.", frames: [frame("main", "/srv/app/a.py", 3)])
        },
        .init("a value that is not of the command line", "unclear") {
            $0.value.trigger = .init(kind: .command, summary: "csvcut", time: 0)
            $0.value.environment.command = ["csvcut", "-c", "price", "a.csv"]
            $0.fail(
                "ColumnIdentifierError", "Column 'total' is invalid.", frames: [frame("main", "/srv/app/a.py", 3)])
        },
        .init("a table that was made already", "duplicate-object") {
            $0.sql("CREATE TABLE item (id int)", error: ("42P07", "relation \"item\" already exists"))
            $0.fail(
                "psycopg2.errors.DuplicateTable", "relation \"item\" already exists",
                frames: [frame("create", "/srv/app/a.py", 3)])
        },
        .init("a revision that nobody can locate", "unknown-value", says: ["f00d4711"]) {
            $0.sql("SELECT version_num FROM alembic_version", columns: ["version_num"], rows: [["f00d4711"]])
            $0.fail(
                "CommandError", "Can't locate revision identified by 'f00d4711'",
                frames: [frame("load", "/srv/app/a.py", 3)])
        },
    ]
}
