import ReenactRunner

/// Makes records of the lines of several runners: each begins with its service's number and a space, those of the runner
/// above them with `-`.
struct GroupCollector: ReportTaker {
    private var collectors: [ReportCollector]
    private var own: ReportCollector
    private var rest: [UInt8] = []
    private static let lineMax = 64 << 20

    init(nonce: String, services: [String]) {
        own = ReportCollector(nonce: nonce)
        collectors = services.map { ReportCollector(nonce: $0) }
    }

    /// The runner above has said its last.
    var isDone: Bool { own.record.isDone || own.record.failure?.stage == "report" }

    mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
        var bytes = bytes
        while let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest + bytes[...newline]
            rest = []
            bytes = bytes[(newline + 1)...]
            guard takeLine(line) else { return false }
        }
        rest += bytes
        return rest.count <= Self.lineMax
    }

    private mutating func takeLine(_ line: [UInt8]) -> Bool {
        guard let space = line.prefix(8).firstIndex(of: UInt8(ascii: " ")) else { return false }
        let who = String(decoding: line[..<space], as: UTF8.self)
        if who == "-" { return own.take(line[(space + 1)...]) }
        guard let number = Int(who), collectors.indices.contains(number) else { return false }
        // A service whose report cannot be read is one service less; its record says so.
        _ = collectors[number].take(line[(space + 1)...])
        return true
    }

    /// The services' records, and that of the runner above.
    mutating func finish() -> (services: [AttemptRecord], own: AttemptRecord) {
        var records: [AttemptRecord] = []
        for number in collectors.indices { records.append(collectors[number].finish()) }
        return (records, own.finish())
    }
}
