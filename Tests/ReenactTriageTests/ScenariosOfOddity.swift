import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// What is told by being odd, or by being quoted, where the words say little.
    static let oddity: [Scenario] = [
        .init(
            "a value that the message quotes, and one row brought", "unknown-value", says: ["Tractor", "row 2, type"]
        ) {
            $0.sql(
                "SELECT * FROM vehicles WHERE customer = $1", params: ["3"], columns: ["id", "type"],
                rows: [["5", "Truck"], ["6", "Tractor"]])
            $0.fail(
                "SubclassNotFound", "failed to locate the subclass: 'Tractor'", language: "ruby",
                frames: [frame("index", "/srv/app/app.rb", 20, "")])
        },
        .init("a quoted value that the program itself asked with", "unclear") {
            $0.sql(
                "SELECT * FROM vehicles WHERE type = $1", params: ["Tractor"], columns: ["id", "type"],
                rows: [["6", "Tractor"]])
            $0.fail(
                "RuntimeError", "no garage takes 'Tractor'", language: "ruby",
                frames: [frame("index", "/srv/app/app.rb", 20, "")])
        },
        .init("a variable called as the member that is null", "dependency-null-field", says: ["\"lastBuild\""]) {
            $0.http(
                host: "ci.test", "/job/a",
                body: "{\"name\": \"a\", \"lastBuild\": null, \"queueItem\": null, \"builds\": []}")
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'get'",
                frames: [
                    frame(
                        "info", "/srv/app/cli.py", 9, "when = last_build.get('timestamp')",
                        locals: [("last_build", "None"), ("builds", "[]")])
                ])
        },
        .init("two members of that name are null: nobody knows which", "unclear") {
            $0.http(
                host: "ci.test", "/jobs",
                body: "[{\"a\": 1, \"lastBuild\": null}, {\"a\": 2, \"lastBuild\": null}]")
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'get'",
                frames: [
                    frame(
                        "info", "/srv/app/cli.py", 9, "when = last_build.get('timestamp')",
                        locals: [("last_build", "None")])
                ])
        },
        .init(
            "an empty text that could not be read, its field spelled two calls away", "malformed-answer",
            says: ["started_at"]
        ) {
            $0.http(
                host: "jobs.test", "/jobs/7",
                body: "{\"id\": 7, \"description\": \"\", \"started_at\": \"\", \"status\": \"queued\"}")
            $0.fail(
                "ValueError", "time data '' does not match format '%Y'",
                frames: [
                    frame("restore", "/srv/app/job.py", 4, "self.started = to_date(obj.get('started_at'))"),
                    frame("to_date", "/srv/app/util.py", 9, "return strptime(text, FORMAT)"),
                ])
        },
        .init("several empty texts, and none of them spelled", "unclear") {
            $0.http(
                host: "jobs.test", "/jobs/7",
                body: "{\"id\": 7, \"description\": \"\", \"started_at\": \"\", \"a\": \"x\"}")
            $0.fail(
                "ValueError", "time data '' does not match format '%Y'",
                frames: [frame("to_date", "/srv/app/util.py", 9, "return strptime(text, FORMAT)")])
        },
        .init("a parameter that is kept in a row of its own", "malformed-answer", says: ["row 2, value", "duration"]) {
            $0.sql(
                "SELECT * FROM params", columns: ["action", "name", "value"],
                rows: [["1", "duration", "30"], ["2", "duration", ""], ["2", "color", "red"]])
            $0.fail(
                "TypeError", "Unsupported operand types: string * int", language: "php",
                frames: [frame("act", "/srv/app/Action.php", 71, "$max = $this->getParam('duration') * 86400;")])
        },
        .init("null in JSON within a cell, and a harmless NULL beside it", "unexpected-null", says: ["slot.room"]) {
            $0.sql(
                "SELECT id, slot, remark FROM lessons", columns: ["id", "slot", "remark"],
                rows: [["4", "{\"room\": \"A\"}", "x"], ["5", "{\"room\": null}", .null]])
            $0.fail(
                "", "[json.exception.type_error.302] type must be string, but is null", language: "native",
                frames: [frame("slot", "/srv/app/main.cpp", 12, "")])
        },
        .init(
            "a negative page, and the offset that was made of it", "malformed-input",
            says: ["-15", "\"-3\" in \"page\""]
        ) {
            $0.request("GET", "/customers?page=-3&sort=0")
            $0.sql(
                "SELECT * FROM customers LIMIT 5 OFFSET -15",
                error: (code: "2201X", message: "OFFSET must not be negative"))
            $0.fail(
                "DataError", "OFFSET must not be negative",
                frames: [frame("list", "/srv/app/views.py", 4, "rows = query.all()")])
        },
        .init("one line says NIL where its likes say a date", "dependency-null-field", says: ["INTERNALDATE"]) {
            $0.message(
                "A4 UID FETCH 1,2,3 (INTERNALDATE)\r\n",
                answer:
                    "* 1 FETCH (UID 1 INTERNALDATE \"17-Jul-2017\" SIZE 4)\r\n* 2 FETCH (UID 2 INTERNALDATE NIL SIZE 9)\r\n"
                    + "* 3 FETCH (UID 3 INTERNALDATE \"18-Jul-2017\" SIZE 7)\r\nA4 OK\r\n")
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'decode'",
                frames: [frame("munge", "/srv/app/mail.py", 4, "return value.decode()", locals: [("value", "None")])])
        },
        .init("a header that came twice", "malformed-answer", says: ["x-left"]) {
            $0.http(
                host: "api.test", "/new", body: "{\"ok\": true}", headers: [("x-left", "991"), ("x-left", "98")])
            $0.fail(
                "ValueError", "could not convert string to float: '991, 98'",
                frames: [frame("update", "/srv/app/limits.py", 4, "left = float(headers['x-left'])")])
        },
    ]
}
