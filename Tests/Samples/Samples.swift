import ReenactTimeline

/// The four open cases of the project as the recorder is to deliver them; shortened.
public enum Samples {
    /// A dependency answers 521 with an HTML page where JSON was expected.
    public static func ihatemoney() -> Case {
        var sample = SampleBuilder(operation: "POST /demo/add")
        sample.value.environment.command = ["gunicorn", "ihatemoney.wsgi:application"]
        sample.value.environment.packages = ["ihatemoney": "5.2.0", "requests": "2.32.3", "Flask": "2.2.5"]
        sample.value.environment.git = .init(commit: "9c1fe2", dirty: true)
        sample.value.environment.variables = ["HTTPS_PROXY": "http://127.0.0.1:8888", "SECRET_KEY": "xxxxxxxx"]
        sample.value.environment.maskedVariables = ["SECRET_KEY"]
        sample.value.environment.names = ["api.exchangerate.host": ["10.0.0.9"], "nowhere.invalid": []]
        sample.value.environment.files = [.init(path: "/etc/ihatemoney.cfg", sha256: "00", size: 12)]
        sample.value.environment.codeFiles = ["/srv/app/ihatemoney/web.py"]
        sample.enter(.startup)
        for index in 0..<6 { sample.sql("SELECT \(index)", columns: ["?column?"], rows: [[.integer(Int64(index))]]) }
        sample.enter(.failing)
        let request = sample.request("POST", "/demo/add", body: "{\"what\": \"beer\"}")
        sample.sql(
            "SELECT project.id, project.name FROM project WHERE project.id = $1", params: ["demo"],
            columns: ["id", "name", "default_currency"], rows: [["demo", "demonstration", "XXX"]])
        sample.sql(
            "SELECT person.id, person.name FROM person WHERE project_id = $1 ORDER BY name", params: ["demo"],
            columns: ["id", "name", "weight"], rows: [[1, "alice", 1], [2, "bob", 1]])
        sample.value.connections.append(connection(1, at: 1_070_000_000))
        let call = sample.http(
            host: "api.exchangerate.host", "/latest?base=USD", status: 521, type: "text/html",
            body: "<!DOCTYPE html><html><head><title>521: Web server is down</title></head></html>")
        sample.value.events[call - 1].connection = 1
        sample.value.events[call - 1].request = .init(offset: 0, length: 18)
        sample.value.events[call - 1].response = .init(offset: 0, length: 30)
        let site = frame(
            "json", "/venv/lib/python3.11/site-packages/requests/models.py", 1120,
            "raise RequestsJSONDecodeError(e.msg, e.doc, e.pos)", inApp: false,
            locals: [("self", "<Response [521]>"), ("kwargs", "{}")])
        var frames = webFrames
        frames += [
            frame(
                "add_bill", "/srv/app/ihatemoney/web.py", 700, "form = get_billform_for(g.project)",
                locals: [("project_id", "'demo'"), ("payer", "2")]),
            frame(
                "get_billform_for", "/srv/app/ihatemoney/forms.py", 72,
                "for currency_name in form.currency_helper.get_currencies()", locals: [("project", "<Project demo>")]),
            frame(
                "get_currencies", "/srv/app/ihatemoney/currency_convertor.py", 31,
                "rates = [rate for rate in self.get_rates()]",
                locals: [("with_no_currency", "True")]),
            frame(
                "get_rates", "/srv/app/ihatemoney/currency_convertor.py", 24,
                "rates = requests.get(self.api_url).json()[\"rates\"]",
                locals: [("self", "<CurrencyConverter object at 0x7f2e11d03c50>")]),
            site,
        ]
        let decode = ExceptionRecord(
            type: "json.decoder.JSONDecodeError", message: "Expecting value: line 1 column 1 (char 0)",
            language: "python", handling: .caught, time: 1_095_000_000, process: 4711,
            frames: [
                frame(
                    "raw_decode", "/usr/lib/python3.11/json/decoder.py", 355,
                    "raise JSONDecodeError(\"Expecting value\", s, err.value) from None", inApp: false,
                    locals: [("s", "'<!DOCTYPE html><html>'"), ("idx", "0")])
            ])
        sample.fail(
            "requests.exceptions.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", frames: frames,
            causes: [decode])
        sample.value.edges = (request + 1...call).map {
            .init(event: $0, cause: request, source: .runtimeContext, confidence: 1)
        }
        sample.value.holes = [.init(kind: .redacted, what: "the session cookie of the request", event: request)]
        sample.value.sealed = [.init(placeholder: "xxxxxxxx", ciphertext: [1, 2, 3, 250])]
        sample.value.outputTail = "[ERROR] Exception on /demo/add [POST]\n"
        return sample.value
    }

    private static var webFrames: [ExceptionRecord.Frame] {
        let library = "/venv/lib/python3.11/site-packages"
        return [
            frame("wsgi_app", "\(library)/flask/app.py", 2525, "response = self.full_dispatch_request()", inApp: false),
            frame(
                "full_dispatch_request", "\(library)/flask/app.py", 1820, "rv = self.dispatch_request()", inApp: false),
            frame(
                "dispatch_request", "\(library)/flask/app.py", 1796,
                "return self.view_functions[rule.endpoint](**args)", inApp: false),
        ]
    }

    private static func connection(_ id: Int, at time: Instant) -> Connection {
        Connection(
            id: id, direction: .outbound, transport: .tunnel, server: "api.exchangerate.host:443",
            client: "127.0.0.1:40312", parent: nil, process: 4711, thread: 4712, protocolName: "http",
            tls: .init(serverName: "api.exchangerate.host", applicationProtocol: "http/1.1"), opened: time,
            openingEnd: time + 1_000_000,
            segments: [
                .init(side: .client, time: time, offset: 0, bytes: Array("GET /latest HTTP/1".utf8)),
                .init(side: .server, time: time + 3, offset: 0, bytes: Array("HTTP/1.1 521 \r\n\r\n<!DOCTYPE ht".utf8)),
            ],
            closes: [.init(side: .server, manner: .fin, time: time + 9)], droppedFromServer: 17)
    }

    /// A NULL in the row of a PRAGMA reaches `re.match`.
    public static func datasette() -> Case {
        var sample = SampleBuilder(id: "20261121-081702-77aa", operation: "GET /data/bookmark")
        sample.request("GET", "/data/bookmark")
        sample.sql(
            "select * from bookmark limit 101", on: "sqlite", peer: "/srv/data.db", columns: ["id", "user", "url"],
            rows: [[1, 1, "https://datasette.io"]])
        sample.sql(
            "PRAGMA foreign_key_list([bookmark])", on: "sqlite", peer: "/srv/data.db",
            columns: ["id", "seq", "table", "from", "to", "on_update", "on_delete", "match"],
            rows: [[0, 0, "user", "user", nil, "NO ACTION", "NO ACTION", "NONE"]])
        sample.sql(
            "select count(*) from bookmark", on: "sqlite", peer: "/srv/data.db", columns: ["count(*)"], rows: [[1]])
        let library = "/venv/lib/python3.11/site-packages"
        sample.fail(
            "TypeError", "expected string or bytes-like object, got 'NoneType'",
            frames: [
                frame("_data_traced", "\(library)/datasette/views/table.py", 603, "await self.ds.expand_foreign_keys("),
                frame(
                    "expand_foreign_keys", "\(library)/datasette/app.py", 814,
                    "other_column=escape_sqlite(fk[\"other_column\"]),",
                    locals: [
                        ("table", "'bookmark'"), ("column", "'user'"), ("values", "[1]"),
                        ("fk", "{'column': 'user', 'other_table': 'user', 'other_column': None}"),
                    ]),
                frame(
                    "escape_sqlite", "\(library)/datasette/utils/__init__.py", 346,
                    "if _boring_keyword_re.match(s) and (s.lower() not in reserved_words):", locals: [("s", "None")]),
            ])
        return sample.value
    }

    /// A set names a group whose key is gone.
    public static func rq() -> Case {
        var sample = SampleBuilder(id: "20261121-081802-0b17", operation: "rq worker", trigger: .command)
        sample.redis("SMEMBERS", ["rq:groups"], reply: ["g-one", "g-two"])
        sample.redis("EXISTS", ["rq:group:g-one"], reply: 1)
        sample.redis("SMEMBERS", ["rq:group-jobs:g-one"], reply: ["job-1"])
        sample.redis("EXISTS", ["rq:group:g-two"], reply: 0)
        let library = "/venv/lib/python3.11/site-packages/rq"
        sample.fail(
            "rq.exceptions.NoSuchGroupError", "",
            frames: [
                frame("work", "\(library)/worker.py", 421, "self.run_maintenance_tasks()"),
                frame(
                    "run_maintenance_tasks", "\(library)/worker.py", 700,
                    "Group.clean_registries(connection=self.connection)"),
                frame("clean_registries", "\(library)/group.py", 110, "groups = cls.all(connection=connection)"),
                frame("all", "\(library)/group.py", 104, "groups.append(cls.fetch(key, connection=connection))"),
                frame(
                    "fetch", "\(library)/group.py", 85, "raise NoSuchGroupError",
                    locals: [
                        ("cls", "<class 'rq.group.Group'>"), ("name", "'g-two'"),
                        ("group", "Group(id=g-two)"),
                    ]),
            ])
        return sample.value
    }

    /// A good answer names a signing key that the program does not know.
    public static func corepack() -> Case {
        var sample = SampleBuilder(id: "20261121-081902-c09e", operation: "corepack pnpm --version", trigger: .command)
        let body = """
            {"name":"pnpm","version":"10.1.0","dist":{"integrity":"sha512-o9y","signatures":[{"sig":"MEQCIHak",\
            "keyid":"SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U"}]}}
            """
        sample.http(host: "registry.npmjs.org", "/pnpm/latest", body: body)
        let message = """
            Cannot find matching keyid: {"signatures":[{"sig":"MEQCIHak",\
            "keyid":"SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U"}],\
            "keys":[{"keyid":"SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA","keytype":"ecdsa-sha2-nistp256"}]}
            """
        let file = "/opt/node/lib/node_modules/corepack/dist/lib/corepack.cjs"
        sample.fail(
            "Error", message, language: "node", handling: .unhandled,
            frames: [
                frame("Engine.executePackageManagerRequest", file, 22_900),
                frame("Engine.getDefaultVersion", file, 22_800),
                frame("fetchLatestStableVersion", file, 21_553, "verifySignature({"),
                frame(
                    "verifySignature", file, 21_535, "throw new Error(`Cannot find matching keyid: …`)",
                    locals: [
                        (
                            "signatures",
                            "[{sig: 'MEQCIHak', keyid: 'SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U'}]"
                        ),
                        ("keys", "[{keyid: 'SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA'}]"),
                        ("signature", "undefined"),
                    ]),
            ])
        sample.value.signature.outcome = "exit:1"
        sample.value.exitStatus = 1
        return sample.value
    }
}
