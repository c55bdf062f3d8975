/// What a recording says of itself, as `JSONWriter` and earlier builds wrote it. By hand: Foundation's decoder takes a
/// millisecond to get ready, which a replay of a small program would notice.
enum JSONReader {
    indirect enum Value {
        case nothing
        case truth(Bool)
        case number(UInt64, isNegative: Bool)
        case text(String)
        case list([Value])
        case object([(name: String, value: Value)])
    }

    struct Malformed: Error {}

    static func header(_ bytes: [UInt8]) throws -> RecordingHeader {
        let all = try value(bytes)
        let processor = try all["processor"]
        guard case .object(let words) = try processor["features"] else { throw Malformed() }
        var features: [String: UInt32] = [:]
        for (name, word) in words { features[name] = try word.number() }
        return RecordingHeader(
            command: try all["command"].texts(), workingDirectory: try all["workingDirectory"].text(),
            kernel: try all["kernel"].text(),
            processor: RecordingHeader.Processor(
                name: try processor["name"].text(), features: features, stateSize: try processor["stateSize"].number()),
            cpu: try all["cpu"].number(), started: try? all["started"].number(), host: try? all["host"].text())
    }

    static func file(_ bytes: [UInt8]) throws -> RecordedFile {
        let all = try value(bytes)
        guard case .truth(let isEmbedded) = try all["isEmbedded"] else { throw Malformed() }
        return RecordedFile(
            id: try all["id"].number(), path: try all["path"].text(), size: try all["size"].number(),
            hash: try all["hash"].number(), isEmbedded: isEmbedded)
    }

    static func summary(_ bytes: [UInt8]) throws -> RecordingSummary {
        let all = try value(bytes)
        return RecordingSummary(
            events: try all["events"].number(), tasks: try all["tasks"].number(), status: try all["status"].number(),
            nanoseconds: try all["nanoseconds"].number(), calls: try all["calls"].number(),
            preemptions: try all["preemptions"].number(), signals: try all["signals"].number(),
            notes: try all["notes"].texts(), buffered: try? all["buffered"].number())
    }

    static func value(_ bytes: [UInt8]) throws -> Value {
        try bytes.withUnsafeBufferPointer { text in
            var parser = Parser(text: text)
            let value = try parser.value(depth: 0)
            parser.skip()
            guard parser.at == text.count else { throw Malformed() }
            return value
        }
    }

    private struct Parser {
        let text: UnsafeBufferPointer<UInt8>
        var at = 0

        private var next: UInt8 { at < text.count ? text[at] : 0 }

        mutating func skip() { while [0x20, 0x09, 0x0a, 0x0d].contains(next) { at += 1 } }

        private mutating func take(_ byte: UInt8) -> Bool {
            skip()
            guard next == byte else { return false }
            at += 1
            return true
        }

        private mutating func take(_ word: StaticString) throws {
            let end = at + word.utf8CodeUnitCount
            guard end <= text.count,
                zip(text[at..<end], UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
                    .allSatisfy(==)
            else { throw Malformed() }
            at = end
        }

        mutating func value(depth: Int) throws -> Value {
            skip()
            guard depth < 16 else { throw Malformed() }
            switch next {
            case UInt8(ascii: "{"): return try object(depth)
            case UInt8(ascii: "["): return try list(depth)
            case UInt8(ascii: "\""): return .text(try string())
            case UInt8(ascii: "t"):
                try take("true")
                return .truth(true)
            case UInt8(ascii: "f"):
                try take("false")
                return .truth(false)
            case UInt8(ascii: "n"):
                try take("null")
                return .nothing
            default: return try number()
            }
        }

        private mutating func object(_ depth: Int) throws -> Value {
            at += 1
            var members: [(name: String, value: Value)] = []
            if take(UInt8(ascii: "}")) { return .object(members) }
            repeat {
                skip()
                let name = try string()
                guard take(UInt8(ascii: ":")) else { throw Malformed() }
                members.append((name, try value(depth: depth + 1)))
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw Malformed() }
            return .object(members)
        }

        private mutating func list(_ depth: Int) throws -> Value {
            at += 1
            var values: [Value] = []
            if take(UInt8(ascii: "]")) { return .list(values) }
            repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw Malformed() }
            return .list(values)
        }

        private mutating func number() throws -> Value {
            let isNegative = take(UInt8(ascii: "-"))
            let start = at
            var value: UInt64 = 0
            while next >= 0x30, next <= 0x39 {
                let (tens, over) = value.multipliedReportingOverflow(by: 10)
                let (sum, isMore) = tens.addingReportingOverflow(UInt64(next - 0x30))
                guard !over, !isMore else { throw Malformed() }
                value = sum
                at += 1
            }
            guard at > start else { throw Malformed() }
            return .number(value, isNegative: isNegative)
        }

        private mutating func string() throws -> String {
            guard next == UInt8(ascii: "\"") else { throw Malformed() }
            at += 1
            var result: [UInt8] = []
            while at < text.count, text[at] != UInt8(ascii: "\"") {
                let byte = text[at]
                at += 1
                guard byte == UInt8(ascii: "\\") else {
                    result.append(byte)
                    continue
                }
                try escape(&result)
            }
            guard at < text.count else { throw Malformed() }
            at += 1
            return String(decoding: result, as: UTF8.self)
        }

        /// RFC 8259, section 7.
        private mutating func escape(_ result: inout [UInt8]) throws {
            let byte = next
            at += 1
            switch byte {
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
            case UInt8(ascii: "u"):
                var unit = try unit()
                if unit & 0xfc00 == 0xd800, next == UInt8(ascii: "\\"), at + 1 < text.count,
                    text[at + 1] == UInt8(ascii: "u")
                {
                    at += 2
                    unit = 0x10000 + (unit & 0x3ff) << 10 + (try self.unit() & 0x3ff)
                }
                guard let scalar = Unicode.Scalar(unit) else { throw Malformed() }
                result += Array(String(Character(scalar)).utf8)
            default: throw Malformed()
            }
        }

        private mutating func unit() throws -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard let digit = Character(Unicode.Scalar(next)).hexDigitValue else { throw Malformed() }
                value = value << 4 | UInt32(digit)
                at += 1
            }
            return value
        }
    }
}

extension JSONReader.Value {
    fileprivate subscript(name: String) -> JSONReader.Value {
        get throws {
            guard case .object(let members) = self, let member = members.first(where: { $0.name == name }) else {
                throw JSONReader.Malformed()
            }
            return member.value
        }
    }

    fileprivate func text() throws -> String {
        guard case .text(let text) = self else { throw JSONReader.Malformed() }
        return text
    }

    fileprivate func texts() throws -> [String] {
        guard case .list(let values) = self else { throw JSONReader.Malformed() }
        return try values.map { try $0.text() }
    }

    fileprivate func number<Number: FixedWidthInteger>() throws -> Number {
        guard case .number(let size, let isNegative) = self else { throw JSONReader.Malformed() }
        let value = isNegative ? Number(exactly: -Int128(size)) : Number(exactly: size)
        guard let value else { throw JSONReader.Malformed() }
        return value
    }
}
