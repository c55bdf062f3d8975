import ReenactTimeline
import Testing

@testable import ReenactTriage

/// Names as compilers, bundlers and runtimes write them, of one function in two builds, and of two functions.
struct CallNameTests {
    private func name(_ function: String, _ file: String) -> String {
        CallName.of(.init(function: function, file: file, line: 1))
    }

    @Test(arguments: [
        (
            "com.shop.Cart$$Lambda$12/0x0000000800c9a840.run", "com.shop.Cart$$Lambda$77/0x00007f1100d1c000.run",
            "Cart.java"
        ),
        ("lambda$total$3", "lambda$total$11", "Cart.java"),
        (
            "CartService$$EnhancerBySpringCGLIB$$1a2b3c4d.total", "CartService$$EnhancerBySpringCGLIB$$99ffee00.total",
            "<generated>"
        ),
        ("invoke$lambda-3", "invoke$lambda-12", "Cart.kt"), ("$anonfun$total$1", "$anonfun$total$2", "Cart.scala"),
        ("$Proxy12.total", "$Proxy98.total", ""),
        ("GeneratedMethodAccessor31.invoke", "GeneratedMethodAccessor7.invoke", ""),
        ("main.(*Cart).Total.func1", "main.(*Cart).Total.func2.1", "cart.go"),
        ("shop::cart::total::h0123456789abcdef", "shop::cart::total::hfedcba9876543210", "cart.rs"),
        ("shop::cart::total::{closure#0}", "shop::cart::total::{closure#2}", "cart.rs"),
        ("Shop.Cart.<Total>d__12.MoveNext", "Shop.Cart.<Total>d__4.MoveNext", "Cart.cs"),
        ("Shop.Cart.<>c__DisplayClass3_0.<Total>b__0", "Shop.Cart.<>c__DisplayClass5_1.<Total>b__2", "Cart.cs"),
        ("closure #1 in Cart.total()", "closure #3 in Cart.total()", "Cart.swift"),
        ("{closure:Shop\\Cart::total():12}", "{closure:Shop\\Cart::total():31}", "Cart.php"),
        ("block in total", "block (2 levels) in total", "cart.rb"), ("total", "rescue in total", "cart.rb"),
        ("total.constprop.0", "total.constprop.3", "cart.c"), ("total", "total.cold", "cart.c"),
        ("async total", "total", "cart.js"), ("total [as run]", "total", "cart.js"), ("?", "<anonymous>", "cart.js"),
    ])
    func `what a build puts into a name does not count`(one: String, other: String, file: String) {
        #expect(name(one, file) == name(other, file))
    }

    @Test(arguments: [
        ("total", "app-3f9a1c2b.js", "app-77e0d1aa.js"), ("t", "main.4f3a2b1c.js", "main.99aa0b1c.js"),
        ("total", "https://x.example/cart.js?v=12", "https://x.example/cart.js?v=13"),
        ("total", "index-BX3kd9Wa.js", "index-Cq81mmZz.js"), ("total", "12.chunk.js", "57.chunk.js"),
    ])
    func `the hash of a bundle does not count`(function: String, one: String, other: String) {
        #expect(name(function, one) == name(function, other))
    }

    @Test func `the file of a proxy is the proxy`() {
        #expect(
            name("total", "Cart$$EnhancerBySpringCGLIB$$1a2b3c4d")
                == name("total", "Cart$$EnhancerBySpringCGLIB$$00ffee11"))
    }

    @Test func `minified names of a bundle are all one`() {
        #expect(name("t", "main.4f3a2b1c.js") == name("Qe", "main.00aa2b1c.js"))
        #expect(name("t", "cart.js") != name("q", "cart.js"))
    }

    @Test(arguments: [
        ("handler1", "handler2", "a.py"), ("sha256", "sha512", "a.py"), ("step_07", "step_08", "a.go"),
        ("v1_create", "v2_create", "a.rb"), ("Shop.func1", "Shop.func2", "a.py"), ("decode_b64", "decode_b32", "a.js"),
        ("total", "totals", "a.js"),
    ])
    func `numbers that people write into names count`(one: String, other: String, file: String) {
        #expect(name(one, file) != name(other, file))
    }

    @Test(arguments: [
        ("class@anonymous\u{0}/srv/a.php:12$0", "class@anonymous\u{0}/srv/b/a.php:15$3"),
        ("com.shop.Cart$$Lambda$12/0x0000000800c9a840", "com.shop.Cart$$Lambda$4/0x0000000800c90000"),
    ])
    func `classes without a name are one`(one: String, other: String) {
        #expect(CallName.type(one) == CallName.type(other))
    }

    @Test func `any bytes make a name`() {
        var random = SplitMix(seed: 11)
        let seeds = [
            "a$$Lambda$12/0x00::h0123456789abcdef {closure:a:1} block (2 levels) in x [as y]", "main.0a1b2c3d.js",
        ]
        for _ in 0..<3000 {
            let text = String(decoding: random.mangled(Array(seeds.randomElement(using: &random)!.utf8)), as: UTF8.self)
            _ = name(text, text)
            _ = CallName.type(text)
            _ = MessageTemplate.of(text)
        }
    }
}

/// Reports of SDKs of eight languages: one bug in two builds is one issue, two bugs are two.
struct ReportShapeTests {
    private func issue(_ exception: String) throws -> String {
        let event = "{\"event_id\":\"a\",\"exception\":{\"values\":[\(exception)]}}"
        let text = "{\"event_id\":\"a\"}\n{\"type\":\"event\",\"length\":\(event.utf8.count)}\n\(event)\n"
        let intake = SentryIntake.read(Array(text.utf8), source: "x")
        return TriagedFailure(try #require(intake.failures.first)).issue
    }

    private func exception(_ type: String, _ value: String, _ frames: [String], mechanism: String = "") -> String {
        "{\"type\":\"\(type)\",\"value\":\"\(value)\",\(mechanism)\"stacktrace\":{\"frames\":[\(frames.joined(separator: ","))]}}"
    }

    @Test func `in-app frames are found where the SDK does not say`() throws {
        func java(_ library: String, _ line: Int) -> String {
            exception(
                "IllegalStateException", "no cart \(line)",
                [
                    "{\"module\":\"org.apache.catalina.core.\(library)\",\"function\":\"invoke\",\"filename\":\"V.java\"}",
                    "{\"module\":\"com.shop.Cart\",\"function\":\"total\",\"filename\":\"Cart.java\",\"lineno\":\(line)}",
                    "{\"module\":\"java.util.\(library)\",\"function\":\"get\",\"filename\":\"Map.java\"}",
                ])
        }
        #expect(try issue(java("A", 1)) == issue(java("B", 2)))
    }

    @Test func `numbered exceptions are one issue in either order`() throws {
        let outer = exception("Outer", "o", [], mechanism: "\"mechanism\":{\"exception_id\":0},")
        let inner = exception(
            "Inner", "i", ["{\"function\":\"f\",\"filename\":\"a.py\",\"in_app\":true}"],
            mechanism: "\"mechanism\":{\"exception_id\":1,\"parent_id\":0},")
        #expect(try issue(outer + "," + inner) == issue(inner + "," + outer))
        let other = exception("Other", "i", [], mechanism: "\"mechanism\":{\"exception_id\":1,\"parent_id\":0},")
        #expect(try issue(outer + "," + inner) != issue(outer + "," + other))
    }

    @Test func `a wrapper without a stack lends its cause's`() throws {
        func chain(_ function: String) -> String {
            exception("Inner", "i", ["{\"function\":\"\(function)\",\"filename\":\"a.js\",\"in_app\":true}"]) + ","
                + exception("Outer", "o", [])
        }
        #expect(try issue(chain("load")) != issue(chain("save")))
    }

    @Test func `input of which nothing could be read is told from input without a failure`() {
        func joined(_ text: String) -> BatchTriage.Stretch {
            BatchTriage.joined([BatchTriage.Stretch(SentryIntake.read(Array(text.utf8), source: "x"))])
        }
        #expect(joined("\u{1}nothing of the kind").isUnread)
        #expect(!joined("{\"event_id\":\"a\"}\n{\"type\":\"session\",\"length\":2}\n{}\n").isUnread)
    }
}
