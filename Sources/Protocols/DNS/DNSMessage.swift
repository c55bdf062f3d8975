/// One DNS message. Source: RFC 1035, 4.1.
struct DNSMessage: Sendable, Equatable {
    struct Question: Sendable, Equatable {
        /// As it came, without the last dot; the root is empty.
        var name: String
        var type: Int
        var recordClass: Int
        /// Where the name, type and class stand in the message.
        var range: Range<Int>
    }

    struct Record: Sendable, Equatable {
        var name: String
        var type: Int
        var ttl: Int
        /// As zone files write it.
        var data: String
    }

    let id: Int
    let flags: Int
    let questions: [Question]
    let answers: [Record]
    /// Records of the other two sections.
    let otherCount: Int
    /// True where the additional section has an OPT record (EDNS).
    let hasOptions: Bool
    /// True where nothing stands behind the last record.
    let isExact: Bool

    var isAnswer: Bool { flags & 0x8000 != 0 }
    var operation: Int { flags >> 11 & 0xf }
    var isTruncated: Bool { flags & 0x0200 != 0 }
    var rcode: Int { flags & 0xf }

    var isQuery: Bool { !isAnswer && questions.count == 1 && answers.isEmpty && isExact }

    /// A query as resolvers in programs send it, which hardly anything else looks like.
    var isPlainQuery: Bool {
        isQuery && flags & ~0x0130 == 0 && questions[0].recordClass == 1 && DNSType.isKnown(questions[0].type)
            && otherCount <= 1
    }

    /// Nil where the bytes are no message, or one of more than 512 records.
    init?(_ bytes: [UInt8]) {
        var reader = DNSReader(bytes)
        guard let id = reader.short(), let flags = reader.short(), let questionCount = reader.short(),
            let answerCount = reader.short(), let authorityCount = reader.short(), let moreCount = reader.short(),
            questionCount <= 16, answerCount + authorityCount + moreCount <= 512
        else { return nil }
        var questions: [Question] = []
        for _ in 0..<questionCount {
            let start = reader.position
            guard let name = reader.name(), let type = reader.short(), let recordClass = reader.short() else {
                return nil
            }
            questions.append(Question(name: name, type: type, recordClass: recordClass, range: start..<reader.position))
        }
        var answers: [Record] = []
        for _ in 0..<answerCount {
            guard let record = reader.record() else { return nil }
            answers.append(record)
        }
        var hasOptions = false
        for _ in 0..<authorityCount + moreCount {
            guard let record = reader.record() else { return nil }
            if record.type == DNSType.opt { hasOptions = true }
        }
        (self.id, self.flags, self.questions, self.answers) = (id, flags, questions, answers)
        (otherCount, self.hasOptions) = (authorityCount + moreCount, hasOptions)
        isExact = reader.position == bytes.count
    }
}
