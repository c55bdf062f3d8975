import ReenactTimeline

/// How a call of gRPC ended (https://grpc.io/docs/guides/status-codes).
struct GRPCStatus {
    let number: Int

    /// By number or by name; nil where neither is known.
    init?(_ text: String) {
        guard let number = Int(text) ?? Self.names.firstIndex(of: text.uppercased()),
            Self.names.indices.contains(number)
        else { return nil }
        self.number = number
    }

    var name: String { Self.names[number] }
    var isGood: Bool { number == 0 }

    /// The status of HTTP that says the same, so that rules on answers need not know gRPC; nil where no answer came.
    var http: Int? {
        switch number {
        case 0: 200
        case 3, 9, 11: 400
        case 16: 401
        case 7: 403
        case 5: 404
        case 6, 10: 409
        case 8: 429
        case 1, 4, 14: nil
        case 12: 501
        default: 500
        }
    }

    /// Why no answer came.
    var outcome: OutcomeClass? {
        switch number {
        case 4: "timeout"
        case 14: "unreachable"
        default: nil
        }
    }

    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]
}
