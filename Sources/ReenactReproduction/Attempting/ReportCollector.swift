import FoundationEssentials
import ReenactRunner
import ReenactTimeline

/// Makes a record of the runner's lines. Bounded: a program that never stops asking fills no memory.
struct ReportCollector {
    private(set) var record = AttemptRecord()
    private let nonce: String
    private let decoder = JSONDecoder()
    private var rest: [UInt8] = []
    private var output: [UInt8] = []
    private var items = 0
    /// How often the runner said that it is ready for a round.
    private(set) var rounds = 0

    /// The longest line, and the most items that are kept of all kinds together.
    private static let lineMax = 64 << 20
    private static let itemsMax = 200_000
    private static let outputMax = 256 << 10

    init(nonce: String) { self.nonce = nonce }

    /// Takes what was read from the report descriptor, in any cut.
    ///
    /// - Returns: false where the runner breaks the contract; nothing more should be read then.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
        var bytes = bytes
        while let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: bytes[..<newline])
            bytes = bytes[bytes.index(after: newline)...]
            guard takeLine() else { return false }
        }
        rest.append(contentsOf: bytes)
        guard rest.count <= Self.lineMax else { return fail("a line of the report is too long") }
        return true
    }

    /// The record, with the output as text.
    mutating func finish() -> AttemptRecord {
        record.output = String(decoding: output, as: UTF8.self)
        return record
    }

    /// Goes on from what was seen before.
    mutating func restart(from record: AttemptRecord) {
        self.record = record
        output = Array(record.output.utf8)
        items = 0
    }

    private mutating func takeLine() -> Bool {
        defer { rest.removeAll(keepingCapacity: true) }
        guard !rest.isEmpty else { return true }
        guard let report = try? decoder.decode(Report.self, from: Data(rest)) else {
            return fail("a line of the report cannot be read: \(String(decoding: rest.prefix(200), as: UTF8.self))")
        }
        if !record.hasHello {
            guard case .hello(let given) = report, given == nonce else { return fail("the runner is not ours") }
        }
        items += 1
        if items > Self.itemsMax, !Self.isVital(report) { return true }
        apply(report)
        return true
    }

    private mutating func fail(_ reason: String) -> Bool {
        record.failure = .init(stage: "report", reason: reason)
        return false
    }

    private static func isVital(_ report: Report) -> Bool {
        switch report {
        case .encounter, .fault, .unknownPeer, .exception, .statement: false
        default: true
        }
    }

    private mutating func apply(_ report: Report) {
        switch report {
        case .hello: record.hasHello = true
        case .stage(let name, let time): record.stages[name] = time
        case .encounter(let encounter, let time): record.meetings.append(.init(encounter: encounter, time: time))
        case .fault(let server, let fault, let time):
            record.faults.append(.init(server: server, fault: fault, time: time))
        case .unknownPeer(let server, let time):
            record.unknownPeers.append(.init(server: server, fault: "", time: time))
        case .exception(let exception, let phase): record.exceptions.append(.init(record: exception, phase: phase))
        case .statement(let event): record.statements.append(event)
        case .place(let state):
            if state == .raised { record.raises += 1 } else { record.passes += 1 }
            record.hasPassed = state != .raised
            if state == .asked { record.isQuestion = true }
        case .answer(let event, let status, let base64, let time):
            let bytes = Base64.decode(base64) ?? []
            record.answers.append(.init(event: event, status: status, bytes: bytes, missing: "", time: time))
        case .noAnswer(let event, let reason, let time):
            record.answers.append(.init(event: event, status: 0, bytes: [], missing: reason, time: time))
        case .output(_, let base64):
            output.append(contentsOf: Base64.decode(base64) ?? [])
            if output.count > 2 * Self.outputMax { output.removeFirst(output.count - Self.outputMax) }
        case .hooked: record.isHooked = true
        case .lost(let what, let count): record.troubles.append("\(count) \(what) were lost")
        case .trouble(let stage, let reason): record.troubles.append("\(stage): \(reason)")
        case .exit(let status, _): record.exit = status
        case .failed(let stage, let reason): record.failure = .init(stage: stage, reason: reason)
        case .passed(let connection, let service):
            record.passed.append(.init(connection: connection, service: service))
        case .round: rounds += 1
        case .done: record.isDone = true
        }
    }
}
