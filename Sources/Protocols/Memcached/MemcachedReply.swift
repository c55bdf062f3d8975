import ReenactTimeline
import ReenactWire

/// An answer while it comes in.
struct MemcachedReply: Sendable {
    private static let blockMax = 128 << 20
    private static let valuesMax = 200
    private static let shownMax = 16 << 10

    let kind: MemcachedCommand.Answer
    private(set) var isDone = false
    /// The line that ended it.
    private(set) var last = ""
    /// Items that came back, the first ones.
    private(set) var values: [(key: String, flags: String, value: [UInt8])] = []
    private(set) var count = 0
    private var shown = 0

    init(_ kind: MemcachedCommand.Answer) { self.kind = kind }

    /// Takes the next part from the front of the bytes: how many of them; 0 while more are needed.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let end = bytes.firstIndex(of: 10) else { return 0 }
        var line = bytes[bytes.startIndex..<end]
        if line.last == 13 { line.removeLast() }
        let words = line.words
        let name = words.first?.text ?? ""
        let used = end + 1 - bytes.startIndex
        if name == "VALUE" || name == "VA" {
            let place = name == "VALUE" ? 3 : 1
            guard words.count > place, let length = Int(words[place].text), (0...Self.blockMax).contains(length) else {
                return used
            }
            guard bytes.count >= used + length + 2 else { return 0 }
            let start = bytes.startIndex + used
            add(
                key: name == "VALUE" ? words[1].text : "", flags: name == "VALUE" ? words[2].text : "",
                bytes[start..<(start + length)])
            if kind == .line {
                last = line.text
                isDone = true
            }
            return used + length + 2
        }
        let isError = ["ERROR", "CLIENT_ERROR", "SERVER_ERROR"].contains(name)
        switch kind {
        case .none, .line: isDone = true
        case .values: isDone = name == "END" || isError
        case .lines: isDone = ["END", "RESET", "OK", "BUSY", "BADCLASS"].contains(name) || isError
        case .untilNoop: isDone = name == "MN"
        }
        last = line.text
        return used
    }

    private mutating func add(key: String, flags: String, _ value: ArraySlice<UInt8>) {
        count += 1
        guard values.count < Self.valuesMax, shown < Self.shownMax else { return }
        let part = Array(value.prefix(Self.shownMax - shown))
        shown += part.count
        values.append((key, flags, part))
    }

    var outcome: OutcomeClass {
        if last == "ERROR" || last.hasPrefix("CLIENT_ERROR") || last.hasPrefix("SERVER_ERROR") {
            return OutcomeClass(rawValue: "memcached:\(last.split(separator: " ").first.map(String.init) ?? "ERROR")")
        }
        if kind == .values { return .rows(count) }
        // `EN`: there is no such item.
        return last == "EN" ? .rows(0) : .ok
    }

    var result: String {
        switch kind {
        case .values where outcome.rawValue.hasPrefix("rows"): "\(count) item\(count == 1 ? "" : "s")"
        default: String(last.prefix(120))
        }
    }
}
