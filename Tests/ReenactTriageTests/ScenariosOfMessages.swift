import ReenactSamples
import ReenactTimeline

/// Protocols that nobody reads: what of their bytes is text or JSON.
extension Scenario {
    static let messages: [Scenario] = [
        .init("a null in a NATS reply", "dependency-null-field", says: ["\"price\""]) {
            $0.message(
                "PUB price.get _INBOX.a.b 14\r\n{\"sku\": \"b2\"}\r\n",
                answer: "MSG _INBOX.a.b 1 28\r\n{\"sku\": \"b2\", \"price\": null}\r\n")
            $0.fail(
                "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'",
                frames: [
                    frame(
                        "total", "/srv/app/order.py", 9, "sum += reply['price'] * 3",
                        locals: [("reply", "{'sku': 'b2', 'price': None}")])
                ])
        },
        .init("the only null of the last answer, met in a loop", "dependency-null-field", says: ["rates.eur"]) {
            $0.http(host: "rates.example", "/latest", body: "{\"rates\": {\"usd\": 2, \"eur\": null}}")
            $0.fail(
                "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'",
                frames: [frame("<genexpr>", "/srv/app/r.py", 5, "sum(v * 3 for v in rates)", locals: [("v", "None")])])
        },
        .init("a null of the answer, and the line reads something else", "unclear") {
            $0.http(host: "rates.example", "/latest", body: "{\"rates\": {\"usd\": 2, \"eur\": null}}")
            $0.fail(
                "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'",
                frames: [
                    frame("price", "/srv/app/r.py", 5, "return stock * 3", locals: [("stock", "7"), ("v", "None")])
                ])
        },
        .init("one of two messages lacks a field", "dependency-missing-field", says: ["\"t\""]) {
            $0.message(
                "subscribe",
                answer: "\u{1}sensors/a{\"t\": 5, \"unit\": \"C\"}\u{2}sensors/b{\"x\": 5, \"unit\": \"C\"}")
            $0.fail(
                "KeyError", "'t'",
                frames: [
                    frame("on_message", "/srv/app/s.py", 5, "print(d['t'])", locals: [("d", "{'x': 5, 'unit': 'C'}")])
                ])
        },
        .init("SMTP's refusal is quoted", "peer-refused", says: ["554 message looks like spam"]) {
            $0.message("cheap things\r\n.\r\n", answer: "554 message looks like spam\r\n")
            $0.fail(
                "smtplib.SMTPDataError", "(554, b'message looks like spam')",
                frames: [frame("send", "/srv/app/mail.py", 4)])
        },
        .init("what the program itself said and got back is no refusal", "unclear") {
            $0.message("ECHO no such article here\r\n", answer: "no such article here\r\n")
            $0.fail("LookupError", "no such article here", frames: [frame("find", "/srv/app/find.py", 4)])
        },
        .init("a list where the body should be an object", "malformed-input", says: ["a list"]) {
            $0.request("POST", "/new", body: "[\"x\"]")
            $0.fail(
                "AttributeError", "'list' object has no attribute 'keys'",
                frames: [frame("new", "/srv/app/c.py", 5, "for k in data.keys()", locals: [("data", "['x']")])])
        },
        .init("a list of the program's own is no input", "unclear") {
            $0.request("POST", "/new", body: "[\"x\"]")
            $0.fail(
                "AttributeError", "'list' object has no attribute 'keys'",
                frames: [frame("new", "/srv/app/c.py", 5, "for k in rows.keys()", locals: [("rows", "['y', 'z']")])])
        },
        .init("brackets in text are no document", "unclear") {
            $0.message("LIST\r\n", answer: "[[[[{{{ \"a\": [} ok [1] {not json}\r\n")
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("share", "/srv/app/share.py", 4)])
        },
    ]
}
