import Testing

@testable import ReenactCapture

struct ChannelBindingTests {
    private func sasl(_ names: [String]) -> [UInt8] {
        let body: [UInt8] = [0, 0, 0, 10] + names.flatMap { Array($0.utf8) + [0] } + [0]
        return [UInt8(ascii: "R"), 0, 0, 0, UInt8(body.count + 4)] + body
    }

    @Test func `a client without TLS is not offered to bind its password's proof to a certificate`() {
        let both = sasl(["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
        #expect(ChannelBinding.withoutOffer(both + [1, 2]) == sasl(["SCRAM-SHA-256"]) + [1, 2])
        for other in [sasl(["SCRAM-SHA-256"]), sasl(["SCRAM-SHA-256-PLUS"]), [], [82, 0, 0, 0, 8, 0, 0, 0, 0]] {
            #expect(ChannelBinding.withoutOffer(other) == other)
        }
        for count in 0..<both.count { #expect(ChannelBinding.withoutOffer(Array(both.prefix(count))).count == count) }
    }
}
