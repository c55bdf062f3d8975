import Testing

@testable import ReenactCapture

struct LogPrefixTests {
    @Test(arguments: [
        (
            "[7578] [error] [wjr777d-dcOY] Error parsing time at Piece.pm line 598.",
            "Error parsing time at Piece.pm line 598."
        ),
        ("[7578] [error] [KX1Xe8RatWve] Error parsing time", "Error parsing time"),
        ("2026-11-22 14:32:05,123 ERROR boom: no rate", "boom: no rate"),
        ("[2026-11-22 14:32:05 +0000] [5088] [CRITICAL] worker died", "worker died"),
        ("2026-11-22T14:32:05.1Z [ERROR] could not save", "could not save"),
        ("[Sun Nov 22 14:32:05 2026] [error] no such page", "no such page"),
        ("2026-11-23T06:04:09.470Z pid=25054 tid=jvq WARN: NoMethodError: no rate", "NoMethodError: no rate"),
    ])
    func `time, level, process and request are no part of the message`(line: String, message: String) {
        #expect(LogPrefix.dropped(from: line) == message)
    }

    @Test(arguments: [
        "Error: no rate for XAU", "error parsing time", "[shop.rates] no rate", "(no rate)", "[error]", "",
        "[checkout] total is 3", "[MyCoolModule] no rate", "KeyError: 'rate'", "1 of 3 failed",
        "total=3 rate=none", "level=error msg=\"no rate\"",
    ])
    func `what is no prefix stays`(line: String) { #expect(LogPrefix.dropped(from: line) == line) }
}
