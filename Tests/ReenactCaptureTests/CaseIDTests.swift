import Testing

@testable import ReenactCapture

struct CaseIDTests {
    @Test(arguments: [
        (Int64(0), "19700101-000000"), (951_782_400, "20000229-000000"), (1_795_251_245, "20261121-085405"),
        (4_102_444_799, "20991231-235959"),
    ])
    func `an id begins with the date in UTC`(seconds: Int64, expected: String) {
        #expect(CaseID.make(wallClock: seconds * 1_000_000_000, process: 1, number: 1).hasPrefix(expected))
    }

    @Test func `two cases of one process differ`() {
        #expect(
            CaseID.make(wallClock: 0, process: 7, number: 1) != CaseID.make(wallClock: 0, process: 7, number: 2))
    }
}
