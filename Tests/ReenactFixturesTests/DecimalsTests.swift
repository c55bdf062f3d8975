import Testing

@testable import ReenactFixtures

@Suite struct DecimalsTests {
    @Test(arguments: [
        ("0E-20", "0.00000000000000000000"), ("1.5", "1.5"), ("1E+3", "1000"), ("-1.25E-3", "-0.00125"),
        ("12.5E1", "125"),
        ("NaN", "NaN"), ("-7", "-7"), ("9.99E+1", "99.9"),
    ])
    func `Decimals with an exponent are written out as PostgreSQL writes them`(_ given: String, _ plain: String) {
        #expect(Decimals.plain(given) == plain)
    }

    @Test func `A factor gives the product to the last digit, or is none`() {
        #expect(Factors.left("*", .number("77949.9186"), .number("0.06"), 2) == .number("1299165.31"))
        #expect(Factors.left("*", .number("77949.9186"), .number("1"), 2) == nil)
        #expect(Factors.left("*", .int(12), .int(5), 0) == nil)
        for value in [0.1, 15.014999999999999, 35676192.096999995] {
            guard case .real(let x)? = Factors.left("*", .real(value), .real(0.0625), nil) else {
                Issue.record("\(value)")
                continue
            }
            #expect(x * 0.0625 == value)
        }
    }
}
