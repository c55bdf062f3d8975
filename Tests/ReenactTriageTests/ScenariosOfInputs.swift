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
}
