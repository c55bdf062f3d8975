/// A copy of parts of a text; parts that touch are copied at once, so that an ordinary text is copied once.
public struct SpanCopy: Sendable {
    private let source: [UInt8]
    private var out: [UInt8] = []
    private var run: Range<Int> = 0..<0

    public init(_ source: [UInt8]) { self.source = source }

    public var isEmpty: Bool { out.isEmpty && run.isEmpty }

    /// Adds a part of the source.
    public mutating func take(_ range: Range<Int>) {
        if run.upperBound == range.lowerBound {
            run = run.lowerBound..<range.upperBound
        } else {
            flush()
            run = range
        }
    }

    /// Adds words that the source does not hold.
    public mutating func add(_ text: String) {
        flush()
        out.append(contentsOf: text.utf8)
    }

    private mutating func flush() {
        out.append(contentsOf: source[run])
        run = 0..<0
    }

    public var bytes: ArraySlice<UInt8> {
        mutating get {
            flush()
            return out[...]
        }
    }

    /// Without spaces and semicolons at the end: an SQL statement however its writer ended it.
    public var statement: ArraySlice<UInt8> {
        mutating get {
            flush()
            return out[..<((out.lastIndex { !($0 == UInt8(ascii: ";") || 9...13 ~= $0 || $0 == 32) } ?? -1) + 1)]
        }
    }
}
