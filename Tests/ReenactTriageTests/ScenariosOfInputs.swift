import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// What the request, the job or the command brought, or did not.
    static let inputs: [Scenario] = [
        .init("a query without what Express reads", "malformed-input", says: ["no \"sort\""]) {
            $0.request("GET", "/search?q=hammer")
            $0.sql("SELECT * FROM item", columns: ["id", "note"], rows: [[1, nil]])
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'split')", language: "javascript",
                frames: [frame("search", "/srv/app/a.js", 4, "const [by, dir] = req.query.sort.split(',')")])
        },
        .init("a query without what Django reads", "malformed-input", says: ["no \"page\""]) {
            $0.request("GET", "/list?size=5")
            $0.fail(
                "django.utils.datastructures.MultiValueDictKeyError", "'page'",
                frames: [
                    frame(
                        "list", "/srv/app/views.py", 4, "page = int(request.GET['page'])",
                        locals: [("request", "<WSGIRequest: GET '/list?size=5'>")])
                ])
        },
        .init(
            "a member that earlier requests had, by way of a variable", "malformed-input", says: ["coupon", "earlier"]
        ) {
            $0.enter(.history)
            $0.request("POST", "/checkout", status: 200, body: #"{"cart": 7, "coupon": "A-1"}"#)
            $0.enter(.failing)
            $0.request("POST", "/checkout", body: #"{"cart": 8}"#)
            $0.sql("SELECT total FROM cart WHERE id = 8", columns: ["total"], rows: [[12]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'upper'",
                frames: [
                    frame(
                        "checkout", "/srv/app/a.py", 9, "code = coupon.upper()",
                        locals: [("cart", "8"), ("coupon", "None"), ("total", "12")])
                ])
        },
        .init("a null within a body, beside a harmless one in a row", "malformed-input", says: ["items[1].sku"]) {
            $0.request("POST", "/orders", body: #"{"items": [{"sku": "a", "n": 1}, {"sku": null, "n": 2}]}"#)
            $0.sql("SELECT id, note FROM customer", columns: ["id", "note"], rows: [[1, nil]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'strip'",
                frames: [
                    frame(
                        "create", "/srv/app/a.py", 9, "sku = item['sku'].strip()",
                        locals: [("item", "{'sku': None, 'n': 2}")])
                ])
        },
        .init("a zero in a body", "malformed-input", says: ["\"people\""]) {
            $0.request("POST", "/split", body: #"{"total": 90, "people": 0}"#)
            $0.sql("SELECT rate FROM tax", columns: ["rate"], rows: [[0]])
            $0.fail(
                "ZeroDivisionError", "division by zero",
                frames: [
                    frame(
                        "split", "/srv/app/a.py", 9, "return data['total'] / data['people']",
                        locals: [("data", "{'total': 90, 'people': 0}")])
                ])
        },
        .init("an empty list in a body", "malformed-input", says: ["\"items\""]) {
            $0.request("POST", "/orders", body: #"{"items": []}"#)
            $0.fail(
                "IndexError", "list index out of range",
                frames: [
                    frame(
                        "create", "/srv/app/a.py", 9, "first = body['items'][0]", locals: [("body", "{'items': []}")])
                ])
        },
        .init("a job's argument that is nothing", "malformed-input", says: ["email"], trigger: .job) {
            $0.job(
                "BLPOP", ["queue"], reply: ["queue", #"{"func": "send", "args": [47, null], "id": "abcdef123456"}"#])
            $0.sql("SELECT name, nick FROM person WHERE id = 47", columns: ["name", "nick"], rows: [["Eva", nil]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'split'",
                frames: [
                    frame("main", "/srv/app/worker.py", 30, "handler(*args)"),
                    frame(
                        "send", "/srv/app/jobs.py", 9, "user, host = email.split('@')",
                        locals: [("person", "47"), ("email", "None")]),
                ])
        },
        .init("a header that an answer lacks", "dependency-missing-field", says: ["X-Total", "header"]) {
            $0.http(host: "api.example", "/items?page=1", body: #"[{"id": 1}]"#, headers: [("ETag", "a")])
            $0.fail(
                "KeyError", "'x-total'",
                frames: [frame("pages", "/srv/app/a.py", 9, "return int(r.headers['X-Total']) // 50")])
        },
        .init(
            "a header that the client keeps under its name, and that earlier answers had", "dependency-missing-field",
            says: ["X-Total", "which earlier answers had"]
        ) {
            $0.enter(.history)
            $0.http(
                host: "api.example", "/items?page=1", body: #"[{"id": 1}]"#,
                headers: [("X-Total", "3"), ("X-Page", "1")])
            $0.enter(.failing)
            $0.http(host: "api.example", "/items?page=7", body: #"[{"id": 9}]"#, headers: [("X-Page", "7")])
            $0.fail(
                "TypeError",
                "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
                frames: [
                    frame("total", "/usr/lib/python3/dist-packages/api/lists.py", 44, "return int(self._total)"),
                    frame("summary", "/srv/app/a.py", 9, "return projects.total"),
                ])
        },
        .init("a header that can't be read", "malformed-answer", says: ["Retry-After", "Wed, 21 Oct"]) {
            $0.http(
                host: "api.example", "/items", status: 202, body: "{}",
                headers: [("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")])
            $0.fail(
                "ValueError", "invalid literal for int() with base 10: 'Wed, 21 Oct 2026 07:28:00 GMT'",
                frames: [frame("wait", "/srv/app/a.py", 9, "sleep(int(r.headers.get('Retry-After', '1')))")])
        },
        .init("a row's NULL, though the request lacks a name like it", "unexpected-null", says: ["sort"]) {
            $0.request("GET", "/view/3")
            $0.sql("SELECT id, sort FROM view WHERE id = 3", columns: ["id", "sort"], rows: [[3, nil]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'split'",
                frames: [
                    frame(
                        "view", "/srv/app/a.py", 9, "by = view['sort'].split(',')",
                        locals: [("view", "{'id': 3, 'sort': None}")])
                ])
        },
    ]

    /// Values that the failure itself shows.
    static let shown: [Scenario] = [
        .init("an object that the message prints", "unknown-value", says: ["keys[1]", "enc"]) {
            $0.http(
                host: "id.example", "/certs",
                body: #"{"keys": [{"kid": "sig", "alg": "RS256"}, {"kid": "enc", "alg": "RSA-OAEP", "n": "x"}]}"#)
            $0.fail(
                "jwt.PyJWKError",
                "Unable to find a algorithm for key: {'kid': 'enc', 'alg': 'RSA-OAEP', 'n': 'x'}",
                frames: [frame("load", "/srv/app/a.py", 9, "keys = client.get_signing_keys()")])
        },
        .init("a header's value that the message quotes", "malformed-input", says: ["If-Modified-Since"]) {
            $0.request("GET", "/a.css", headers: [["Host", "h"], ["If-Modified-Since", "2024-05-01T10:00:00Z"]])
            $0.fail(
                "ValueError", "Invalid date value or format \"2024-05-01T10:00:00Z\"",
                frames: [frame("parse", "/srv/app/a.py", 9, "return parsedate(self.since)")])
        },
        .init("a cell that the message shows without quotes", "malformed-answer", says: ["9999-12-31", "row 2"]) {
            $0.sql("SELECT id, until FROM c", columns: ["id", "until"], rows: [[1, nil], [2, "9999-12-31"]])
            $0.fail(
                "OutOfBoundsDatetime", "Out of bounds nanosecond timestamp: 9999-12-31 00:00:00",
                frames: [frame("load", "/srv/app/a.py", 9, "frame['until'] = to_datetime(frame['until'])")])
        },
        .init("a number that is none", "malformed-answer", says: ["NaN", "margin"]) {
            $0.sql("SELECT id, margin FROM p", columns: ["id", "margin"], rows: [[1, 0], [2, "NaN"]])
            $0.fail(
                "ValueError", "Out of range float values are not JSON compliant",
                frames: [frame("load", "/srv/app/a.py", 9, "return json.dumps(rows)")])
        },
        .init("a cell that is to be JSON", "malformed-answer", says: ["options", "row 3"]) {
            $0.sql(
                "SELECT sku, options FROM p", columns: ["sku", "options"],
                rows: [["a", "{}"], ["b", nil], ["c", ""]])
            $0.fail(
                "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)",
                frames: [
                    frame("load", "/srv/app/a.py", 9, "return [out(p) for p in all()]"),
                    frame("raw_decode", "/usr/lib/python3.11/json/decoder.py", 355, "raise", locals: [("s", "''")]),
                ])
        },
        .init("a date that there is not", "malformed-answer", says: ["0000-00-00", "row 2"]) {
            $0.sql(
                "SELECT no, shipped FROM o", on: "mysql", columns: ["no", "shipped"],
                rows: [[1, "2024-05-01 10:00:00"], [2, "0000-00-00 00:00:00"]])
            $0.fail(
                "AttributeError", "'str' object has no attribute 'strftime'",
                frames: [frame("row", "/srv/app/a.py", 9, "return o.shipped.strftime('%d')")])
        },
        .init("a text where Ruby wanted a list, in an error's document", "dependency-retyped-field", says: ["errors"]) {
            $0.http(
                "POST", host: "api.example", "/labels", status: 422,
                body: #"{"message": "Validation Failed", "errors": "Label name already exists"}"#)
            $0.fail(
                "NoMethodError", "undefined method `map' for \"Label name already exists\":String", language: "ruby",
                frames: [frame("summary", "/srv/app/error.rb", 9, "data[:errors].map do |e|")])
        },
        .init(
            "the null that PHP's function was given, beside a harmless one", "dependency-null-field", says: ["offers"]
        ) {
            $0.http(host: "api.example", "/products/9", body: #"{"id": 9, "image": null, "offers": null}"#)
            $0.fail(
                "TypeError", "count(): Argument #1 ($value) must be of type Countable|array, null given",
                language: "php",
                frames: [
                    frame(
                        "{main}", "/srv/app/index.php", 9,
                        #"$o = ["image" => $p["image"], "offers" => count($p["offers"])];"#)
                ])
        },
        .init("the null that a method was asked of, beside a harmless one", "dependency-null-field", says: ["owner"]) {
            $0.http(host: "api.example", "/pets/9", body: #"{"id": 9, "tag": null, "owner": null}"#)
            $0.fail(
                "NoMethodError", "undefined method `upcase' for nil:NilClass", language: "ruby",
                frames: [
                    frame("show", "/srv/app/pets.rb", 9, "[pet['tag'], pet['owner'].upcase]")
                ])
        },
        .init("the field that pydantic refuses, beside another null", "dependency-null-field", says: ["days[1].on"]) {
            $0.http(host: "api.example", "/week", body: #"{"days": [{"on": "2026-03-01"}, {"on": null}]}"#)
            $0.http(host: "api.example", "/canteen", body: #"{"name": "A", "phone": null}"#)
            $0.fail(
                "pydantic_core._pydantic_core.ValidationError",
                "1 validation error for Day\non\n  Input should be a valid date [type=date_type, input_value=None, input_type=NoneType]",
                frames: [frame("days", "/srv/app/a.py", 4, "return [Day(**day) for day in week['days']]")])
        },
        .init(
            "the member that pydantic misses, of the object that it shows", "dependency-missing-field",
            says: ["days[1].on"]
        ) {
            $0.http(
                host: "api.example", "/week", body: #"{"days": [{"on": "2026-03-01", "open": true}, {"open": true}]}"#)
            $0.http(host: "api.example", "/canteen", body: #"{"name": "A"}"#)
            $0.fail(
                "pydantic_core._pydantic_core.ValidationError",
                "1 validation error for Day\non\n  Field required [type=missing, input_value={'open': True}, input_type=dict]",
                frames: [frame("days", "/srv/app/a.py", 4, "return [Day(**day) for day in week['days']]")])
        },
        .init(
            "the field of a response model, in FastAPI's records, that became NULL in a row", "unexpected-null",
            says: ["row 2, age"]
        ) {
            $0.sql(
                "SELECT id, name, age, city FROM hero WHERE team_id = 1", columns: ["id", "name", "age", "city"],
                rows: [[6, "h6", 26, nil], [8, "h8", nil, "c2"]])
            $0.fail(
                "fastapi.exceptions.ResponseValidationError",
                "1 validation errors:\n  {'type': 'int_type', 'loc': ('response', 1, 'age'), 'msg': 'Input should be a valid integer', 'input': None, 'url': 'https://errors.pydantic.dev/2.6/v/int_type'}\n",
                frames: [
                    frame("serialize_response", "/usr/lib/python3/dist-packages/fastapi/routing.py", 155, "raise")
                ])
        },
        .init("the same of which only the variable is known", "unexpected-null", says: ["row 1, age"]) {
            $0.sql(
                "SELECT id, name, age FROM hero WHERE team_id = 1", columns: ["id", "name", "age"],
                rows: [[8, "h8", nil]])
            $0.fail(
                "fastapi.exceptions.ResponseValidationError", "",
                frames: [
                    frame(
                        "serialize_response", "/usr/lib/python3/dist-packages/fastapi/routing.py", 155, "raise",
                        locals: [
                            (
                                "errors",
                                "[{'type': 'int_type', 'loc': ('response', 0, 'age'), 'msg': 'Input should be a valid integer', 'input': None}]"
                            )
                        ])
                ])
        },
        .init("parts without a boundary", "malformed-input", says: ["boundary"]) {
            $0.request("POST", "/notes", headers: [["Content-Type", "multipart/form-data"]])
            $0.fail(
                "KeyError", "b'boundary'",
                frames: [
                    frame("parse", "/srv/app/a.py", 9, "boundary = params[b'boundary']", locals: [("params", "{}")])
                ])
        },
        .init("an id that a message names is not what is wrong", "unclear") {
            $0.request("POST", "/orders", body: #"{"order": "ORD-2024-77812"}"#)
            $0.fail(
                "RuntimeError", "could not finish ORD-2024-77812",
                frames: [frame("finish", "/srv/app/a.py", 9, "raise RuntimeError(f'could not finish {order}')")])
        },
    ]
}
