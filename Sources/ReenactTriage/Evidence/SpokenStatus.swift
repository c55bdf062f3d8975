import ReenactTimeline

/// The status that a client's library tells of an answer which was not seen.
enum SpokenStatus {
    /// What stands before the three digits, in the words of Guzzle, axios, Faraday, Go's and Rust's clients.
    private static let leads = [
        "resulted in a `", "request failed with status code ", "the server responded with status ",
        "unexpected status code ", "unexpected status code: ", "response code ",
    ]
    /// Types of exceptions whose message begins with the digits: Spring, Python's requests.
    private static let types = [
        "HttpServerErrorException", "HttpClientErrorException", "requests.exceptions.HTTPError",
    ]

    static func finding(_ look: Look) -> Finding? {
        if let spoken = code(look) { return spoken }
        guard !look.answers.contains(where: { $0.http?.status != nil }), let status = status(look) else { return nil }
        return Finding(
            DependencyErrorStatus.causeClass(status), DependencyErrorStatus.responsibility(status), evidence: [],
            confidence: 0.85,
            "A dependency answered \(status), says the library that asked it; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }

    /// Amazon's clients tell no number, but a word: `An error occurred (AccessDenied) when calling the PutObject operation`.
    private static func code(_ look: Look) -> Finding? {
        let message = look.message
        guard let start = message.range(of: "An error occurred ("),
            let end = message[start.upperBound...].range(of: ") when calling the ")
        else { return nil }
        let code = String(message[start.upperBound..<end.lowerBound])
        let operation = message[end.upperBound...].prefix { $0.isLetter || $0.isNumber }
        guard !operation.isEmpty, code.count <= 80 else { return nil }
        let status =
            if ["AccessDenied", "Expired", "InvalidClientToken", "UnrecognizedClient", "Signature", "Unauthorized"]
                .contains(where: code.contains)
            {
                403
            } else if ["Throttl", "ThroughputExceeded", "SlowDown", "TooManyRequests", "RequestLimitExceeded"]
                .contains(where: code.contains)
            { 429 } else { 500 }
        return Finding(
            DependencyErrorStatus.causeClass(status), DependencyErrorStatus.responsibility(status), evidence: [],
            confidence: 0.85,
            "The service answered \(operation) with \(Phrase.quote(code)), says the library that asked it; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }

    static func status(_ look: Look) -> Int? {
        let message = look.message
        if types.contains(where: { look.types.contains($0) }), let status = number(message[...]) { return status }
        guard let lead = leads.first(where: { look.isTold([$0]) }) else { return nil }
        let small = message.lowercased()
        return small.range(of: lead).flatMap { number(small[$0.upperBound...]) }
    }

    private static func number(_ text: Substring) -> Int? {
        let digits = text.prefix { $0.isNumber }
        guard digits.utf8.count == 3, let status = Int(digits), (400...599).contains(status) else { return nil }
        return status
    }
}
