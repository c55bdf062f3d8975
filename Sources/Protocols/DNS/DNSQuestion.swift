import ReenactTimeline

/// What a query asks and what came back, in the words of events.
enum DNSQuestion {
    /// `api.example.com A IN`: names are compared without regard to case (RFC 4343).
    static func key(_ question: DNSMessage.Question) -> String {
        let recordClass = question.recordClass == 1 ? "IN" : "CLASS\(question.recordClass)"
        return "\(question.name.lowercased()) \(DNSType.name(question.type)) \(recordClass)"
    }

    static func summary(_ question: DNSMessage.Question) -> String {
        "\(DNSType.name(question.type)) \(question.name.isEmpty ? "." : question.name.lowercased())"
    }

    static func verdict(_ answer: DNSMessage, _ question: DNSMessage.Question) -> (OutcomeClass, String) {
        switch answer.rcode {
        case 0: break
        case 1: return ("dns:formerr", "query refused as malformed")
        case 2: return ("dns:servfail", "server failure")
        case 3: return ("dns:nxdomain", "no such name")
        case 4: return ("dns:notimp", "not implemented")
        case 5: return ("dns:refused", "refused")
        default: return (OutcomeClass(rawValue: "dns:rcode\(answer.rcode)"), "error \(answer.rcode)")
        }
        if answer.isTruncated { return ("dns:truncated", "truncated, to be asked over TCP") }
        let wanted = answer.answers.filter { $0.type == question.type || question.type == DNSType.any }
        guard !wanted.isEmpty else { return ("dns:empty", "no \(DNSType.name(question.type)) records") }
        return (.ok, wanted.prefix(4).map(\.data).joined(separator: ", ") + (wanted.count > 4 ? ", …" : ""))
    }

    /// Members: `name`, `type`, `transport`, and behind an answer `rcode`, `answers` (`name`, `type`, `ttl`, `data`)
    /// and `truncated`.
    static func detail(
        _ question: DNSMessage.Question, _ answer: DNSMessage?, _ kind: DNSTransport.Kind
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(question.name.lowercased()), "type": .string(DNSType.name(question.type)),
            "transport": .string(kind.rawValue),
        ]
        if let answer {
            members["rcode"] = .integer(Int64(answer.rcode))
            members["truncated"] = .bool(answer.isTruncated)
            members["answers"] = .array(
                answer.answers.map {
                    [
                        "name": .string($0.name), "type": .string(DNSType.name($0.type)),
                        "ttl": .integer(Int64($0.ttl)), "data": .string($0.data),
                    ]
                })
        }
        return .object(members)
    }
}
