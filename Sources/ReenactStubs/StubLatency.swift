/// How recorded delays become delays of a stub.
public struct StubLatency: Sendable, Equatable {
    /// Of an answer's pieces, in tenths: 10 as recorded, 0 at once.
    public var answerTenths: Int64
    /// Of an end of the connection, in tenths.
    public var endingTenths: Int64

    public init(answerTenths: Int64, endingTenths: Int64) {
        self.answerTenths = answerTenths
        self.endingTenths = endingTenths
    }

    /// As recorded.
    public static let exact = StubLatency(answerTenths: 10, endingTenths: 10)
    /// A tenth of what was recorded.
    public static let scaled = StubLatency(answerTenths: 1, endingTenths: 1)
    /// Answers at once; ends of connections as recorded, since what they cut off depends on when they come.
    public static let none = StubLatency(answerTenths: 0, endingTenths: 10)

    func answer(_ delay: Int64) -> Int64 { Self.scaled(delay, answerTenths) }
    func ending(_ delay: Int64) -> Int64 { Self.scaled(delay, endingTenths) }

    private static func scaled(_ delay: Int64, _ tenths: Int64) -> Int64 { max(0, delay) / 10 * tenths }
}
