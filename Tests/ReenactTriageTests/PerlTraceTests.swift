import Testing

@testable import ReenactTriage

struct PerlTraceTests {
    @Test func `a program that dies says where`() throws {
        let text = """
            Use of uninitialized value $rate in multiplication (*) at /srv/shop/Rates.pm line 7.
            Can't call method "foo" on an undefined value at /srv/shop/Rates.pm line 12, <STDIN> line 3.
            """
        let found = TraceText.exceptions(in: text)
        #expect(found.map(\.message) == ["Can't call method \"foo\" on an undefined value"])
        let site = try #require(found.first?.throwSite)
        #expect(found.first?.type == "die" && found.first?.language == "perl")
        #expect(site.file == "/srv/shop/Rates.pm" && site.line == 12 && site.inApp)
    }

    @Test func `confessed callers are frames, and a log's tags are not the message`() throws {
        let text = """
            [2026-11-22 10:00:00.1] [78] [error] [wjr777d] no rate for eur at /usr/share/perl5/Money.pm line 40.
            \tMoney::rate("eur") called at /srv/shop/Cart.pm line 31
            \teval {...} called at /srv/shop/Cart.pm line 30
            \tmain::total(HASH(0x55)) called at /srv/shop/app.pl line 9
            """
        let found = try #require(TraceText.exceptions(in: text).first)
        #expect(found.message == "no rate for eur")
        #expect(found.frames.map(\.function) == ["", "total", "Money::rate"])
        #expect(found.frames.map(\.line) == [9, 31, 40])
        #expect(found.frames.map(\.inApp) == [true, true, false])
    }

    @Test func `a module that does not compile is told once`() {
        let text = """
            syntax error at lib/A.pm line 3, near "}"
            Bareword "x" not allowed while "strict subs" in use at lib/A.pm line 4.
            BEGIN failed--compilation aborted at lib/A.pm line 5.
            Compilation failed in require at app.pl line 1.
            BEGIN failed--compilation aborted at app.pl line 1.
            """
        let found = TraceText.exceptions(in: text)
        #expect(found.map(\.message) == [#"Bareword "x" not allowed while "strict subs" in use"#])
    }

    @Test(arguments: [
        "we look at the line 5.", "Stopped at line 7.", "done at 12:00 in line 3", "BEGIN failed at x line y.",
        " at  line 1.", " at a line 1.",
    ])
    func `what only looks like it is none`(line: String) {
        #expect(TraceText.exceptions(in: line).isEmpty)
    }
}
