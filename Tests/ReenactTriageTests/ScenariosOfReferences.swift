import ReenactSamples
import ReenactTimeline

/// Keys that nothing stands under, values that are found again by what stands beside them, and who asked for what is not
/// there.
extension Scenario {
    private static let members =
        "[{\"card\": \"C2\", \"name\": \"Bo\"}, {\"card\": \"C3\", \"name\": \"Cy\"}, {\"card\": \"C4\", \"name\": \"Di\"}]"
    private static let table =
        "{'C2': <app.Member name='Bo'>, 'C3': <app.Member name='Cy'>, 'C4': <app.Member name='Di'>}"

    private static func lookup(_ key: String, holder: String, in sample: inout SampleBuilder) {
        sample.fail(
            "KeyError", key,
            frames: [
                frame(
                    "remind", "/srv/app.py", 9, "member = members[loan.card]",
                    locals: [("members", holder), ("loan", "<app.Loan card=\(key) days=3>")])
            ])
    }

    static let references: [Scenario] = [
        .init("both ends of a reference look well", "unknown-value", says: ["\"C1\"", "/members", "/loans"]) {
            $0.http(host: "lib.example", "/members", body: members)
            $0.http(host: "lib.example", "/loans", body: "[{\"card\": \"C1\"}, {\"card\": \"C2\"}, {\"card\": \"C1\"}]")
            lookup("'C1'", holder: table, in: &$0)
        },
        .init("a reference to what has lost its key", "dependency-null-field", says: ["null in \"[0].card\"", "C1"]) {
            $0.http(
                host: "lib.example", "/members",
                body: "[{\"card\": null}, {\"card\": \"C2\"}, {\"card\": \"C3\"}, {\"card\": \"C4\"}]")
            $0.http(host: "lib.example", "/loans", body: "[{\"card\": \"C1\"}, {\"card\": \"C2\"}]")
            lookup("'C1'", holder: table, in: &$0)
        },
        .init("an empty key among good ones", "unknown-value", says: ["\"[1].card\""]) {
            $0.http(host: "lib.example", "/members", body: members)
            $0.http(host: "lib.example", "/loans", body: "[{\"card\": \"C2\"}, {\"card\": \"\"}]")
            lookup("''", holder: table, in: &$0)
        },
        .init("a key that nothing brought", "unclear") {
            $0.http(host: "lib.example", "/members", body: members)
            lookup("'winter'", holder: table, in: &$0)
        },
        .init("a path is no member's name", "unclear") {
            $0.http(host: "lib.example", "/members", body: members)
            $0.fail(
                "KeyError", "'/v1/members'",
                frames: [frame("cached", "/srv/app.py", 4, "page = self.pages[url.path]")])
        },
        .init("the object without a member is found again", "dependency-missing-field", says: ["steps[1].price"]) {
            $0.http(
                host: "p.example", "/tariffs",
                body: "{\"steps\": [{\"hours\": 1, \"price\": 2}, {\"hours\": 4}], \"price\": null}")
            $0.http(host: "p.example", "/parks", body: "[{\"id\": 1, \"name\": \"Mitte\"}]")
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'toFixed')",
                frames: [
                    frame(
                        "price", "/srv/app.js", 19, "return step.price.toFixed(2)", locals: [("step", "{ hours: 4 }")])
                ])
        },
        .init("one object came instead of a list", "dependency-retyped-field", says: ["\"shelf.item\" as an object"]) {
            $0.http(
                host: "s.example", "/shelf", body: "{\"shelf\": {\"item\": {\"sku\": \"L9\", \"stock\": \"12\"}}}")
            $0.fail(
                "TypeError", "string indices must be integers, not 'str'",
                frames: [
                    frame(
                        "stock", "/srv/app.py", 8, "return {i['sku']: i['stock'] for i in items}",
                        locals: [("items", "{'sku': 'L9', 'stock': '12'}")]),
                    frame("stock.<locals>.<dictcomp>", "/srv/app.py", 8, "i['sku']", locals: [("i", "'sku'")]),
                ])
        },
        .init("a text with too few parts", "malformed-answer", says: ["\"version\""]) {
            $0.http(host: "m.example", "/instance", body: "{\"title\": \"x\", \"version\": \"2023.09\", \"rules\": []}")
            $0.fail(
                "IndexError", "list index out of range",
                frames: [
                    frame(
                        "parse", "/srv/app.py", 8, "patch = parts[2]", locals: [("parts", "['2023', '09']")])
                ])
        },
        .init(
            "an empty row for what the request asked oddly", "missing-row", says: ["asked with \"-7\"", "\"customer\""]
        ) {
            $0.request("POST", "/orders", body: "{\"customer\": -7}")
            $0.sql("SELECT name FROM customer WHERE id = $1", params: [.integer(-7)], columns: ["name"])
            $0.fail(
                "TypeError", "'NoneType' object is not subscriptable",
                frames: [
                    frame(
                        "hook", "/srv/app.py", 8, "to = customer['name']",
                        locals: [("customer", "None"), ("number", "-7")])
                ])
        },
        .init("a day that there is not", "malformed-answer", says: ["2024-02-30", "row 2"]) {
            $0.sql(
                "SELECT due FROM loans", columns: ["due"], rows: [["2024-05-30"], ["2024-02-30"], ["2024-06-02"]])
            $0.fail("Date::Error", "invalid date", frames: [frame("parse", "/srv/app.rb", 8, "Date.parse(string)")])
        },
        .init("good days explain no invalid date", "unclear") {
            $0.sql("SELECT due FROM loans", columns: ["due"], rows: [["2024-05-30"], ["2024-02-29"]])
            $0.fail("Date::Error", "invalid date", frames: [frame("parse", "/srv/app.rb", 8, "Date.parse(string)")])
        },
        .init("JSON that says it is text", "dependency-unexpected-form", says: ["text/plain"]) {
            $0.http(host: "w.example", "/v1/forecast", type: "text/plain", body: "{\"max\": 21, \"min\": null}")
            $0.fail(
                "ContentTypeError", "0, message='Attempt to decode JSON with unexpected mimetype: text/plain'",
                frames: [frame("forecast", "/srv/app.py", 9, "data = await r.json()")])
        },
        .init("a number of the path that no integer holds", "malformed-input", says: ["20240501123456789012345"]) {
            $0.request("GET", "/items/20240501123456789012345/")
            $0.fail(
                "OverflowError", "Python int too large to convert to SQLite INTEGER",
                frames: [frame("item", "/srv/app.py", 13, "Item.objects.get(id=number)")])
        },
    ]
}
