/// Finds where a value ends, however the bytes are cut, without keeping or nesting anything.
///
/// Streamed strings and aggregates (`$?`, `*?`) are refused: no server sends them.
struct RESPScanner: Sendable {
    enum Progress: Equatable {
        /// All bytes were taken, and more are missing.
        case more
        /// The value ends behind that many of the bytes.
        case done(Int)
        case failed(String)
    }

    static let depthMax = 64
    static let lengthMax = 1 << 30
    private static let headerMax = 32

    private struct Frame: Sendable {
        var remaining: Int
        var isAttribute: Bool
    }

    private var frames: [Frame] = []
    private var bulkRemaining = 0
    /// The type and the first bytes of the line under way.
    private var line: [UInt8] = []
    private let takesInline: Bool
    private var inlineCount = 0

    /// - Parameter takesInline: whether a value may be a line of words, as in commands.
    init(takesInline: Bool) { self.takesInline = takesInline }

    mutating func feed(_ bytes: ArraySlice<UInt8>) -> Progress {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            if bulkRemaining > 0 {
                let count = min(bulkRemaining, bytes.endIndex - position)
                bulkRemaining -= count
                position += count
                if bulkRemaining == 0, elementEnded() { return .done(position - bytes.startIndex) }
                continue
            }
            let end = bytes[position...].firstIndex(of: 10)
            let piece = bytes[position..<(end ?? bytes.endIndex)]
            if line.isEmpty, let first = piece.first ?? end.map({ bytes[$0] }), isInline(first) {
                inlineCount += piece.count
                if inlineCount > 1 << 16 { return .failed("an inline command is too long") }
                guard let end else { return .more }
                inlineCount = 0
                return .done(end + 1 - bytes.startIndex)
            }
            line.append(contentsOf: piece.prefix(max(0, Self.headerMax - line.count)))
            guard let end else { return .more }
            position = end + 1
            defer { line.removeAll(keepingCapacity: true) }
            switch interpret() {
            case .value: if elementEnded() { return .done(position - bytes.startIndex) }
            case .opened: break
            case .failed(let reason): return .failed(reason)
            }
        }
        return .more
    }

    private func isInline(_ first: UInt8) -> Bool {
        takesInline && frames.isEmpty && (inlineCount > 0 || first != RESPType.array)
    }

    private enum Line {
        case value
        case opened
        case failed(String)
    }

    private mutating func interpret() -> Line {
        guard let type = line.first else { return .failed("an empty line") }
        switch type {
        case RESPType.simple, RESPType.error, RESPType.integer, RESPType.null, RESPType.boolean, RESPType.double,
            RESPType.bigNumber:
            return .value
        case RESPType.bulk, RESPType.bulkError, RESPType.verbatim:
            guard let length else { return .failed("a bad length") }
            if length < 0 { return .value }
            bulkRemaining = length + 2
            return .opened
        case RESPType.array, RESPType.set, RESPType.push, RESPType.map, RESPType.attribute:
            guard var count = length else { return .failed("a bad count") }
            if count < 0 { return .value }
            let isAttribute = type == RESPType.attribute
            if isAttribute || type == RESPType.map { count *= 2 }
            if count == 0 { return isAttribute ? .opened : .value }
            guard frames.count < Self.depthMax else { return .failed("nested too deeply") }
            frames.append(Frame(remaining: count, isAttribute: isAttribute))
            return .opened
        default: return .failed("a value of unknown type \(type)")
        }
    }

    /// -1 and above; nil where it is no number or too large.
    private var length: Int? {
        let digits = line.dropFirst().last == 13 ? line.dropFirst().dropLast() : line.dropFirst()
        guard digits.count <= 10, let value = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        return (-1...Self.lengthMax).contains(value) ? value : nil
    }

    /// Whether the whole value ended with the element.
    private mutating func elementEnded() -> Bool {
        while let frame = frames.last {
            frames[frames.count - 1].remaining -= 1
            if frame.remaining > 1 { return false }
            frames.removeLast()
            // An attribute only precedes the value that it belongs to.
            if frame.isAttribute { return false }
        }
        return true
    }
}
