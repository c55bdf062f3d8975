import ReenactTimeline
import ReenactWire

/// Picks, of all exceptions that were told, those of one failure; the one that explains it last.
struct ExceptionPicker {
    let journal: Journal
    let attributor: Attributor
    let origin: Int64

    /// - Parameter tail: what the program printed last.
    func pick(for failure: Analyst.Failure, window: ClosedRange<Instant>, tail: String) -> [ExceptionRecord] {
        let slack: Instant = 1_000_000_000
        var candidates: [(record: ExceptionRecord, id: Int64)] = []
        for (message, exception, began) in journal.exceptions.messages {
            var record = exception.record(in: message, origin: origin)
            if let began { record.time = began - origin }
            if let request = failure.request {
                let attribution = attributor.attribute(context: message.context, at: record.time)
                guard attribution.cause == request || (attribution.cause == nil && isNear(record.time, window, slack))
                else { continue }
            } else if record.time > failure.time + slack {
                continue
            }
            candidates.append((record, exception.id))
        }
        candidates.sort { $0.record.time < $1.record.time }
        // What a failure without a request keeps of a long life is its end.
        var picked = Array(candidates.suffix(24))
        // One that the program printed is not to be lost behind many that it caught on the way, as templates do.
        if picked.allSatisfy({ $0.record.handling == .caught && !Self.isTold($0.record, tail) }),
            let told = candidates.dropLast(24).last(where: { Self.isTold($0.record, tail) })
        {
            picked.insert(told, at: 0)
        }
        guard let best = explaining(picked, failure, tail) else { return [] }
        let chosen = picked.remove(at: best)
        return picked.suffix(9).map(\.record) + [chosen.record]
    }

    private func isNear(_ time: Instant, _ window: ClosedRange<Instant>, _ slack: Instant) -> Bool {
        time >= window.lowerBound && time <= window.upperBound.later(by: slack)
    }

    /// The one that the failure rule fired for; else the strongest. Of those that were merely caught, the one that the
    /// program printed.
    private func explaining(
        _ candidates: [(record: ExceptionRecord, id: Int64)], _ failure: Analyst.Failure, _ tail: String
    ) -> Int? {
        // A hook may have taken back what it had guessed before the program told.
        if let told = failure.exception,
            let index = candidates.lastIndex(where: { $0.id == told.id && $0.record.process == told.process }),
            candidates[index].record.handling != .caught
        {
            return index
        }
        func rank(_ handling: ExceptionRecord.Handling) -> Int {
            switch handling {
            case .unhandled: 3
            case .reported: 2
            case .printed: 1
            case .caught: 0
            }
        }
        // A merely caught exception explains an answer of 500, but not why a program ended.
        let eligible = candidates.indices.filter {
            failure.request != nil || candidates[$0].record.handling != .caught || failure.kind == .exit
        }
        let best = eligible.map { rank(candidates[$0].record.handling) }.max()
        let equals = eligible.filter { rank(candidates[$0].record.handling) == best }
        // Programs catch many exceptions that harm nothing, in other threads and children as well.
        guard best == 0 else { return equals.first }
        return equals.last { Self.isTold(candidates[$0].record, tail) }
            ?? equals.last { Self.isNamed(candidates[$0].record, tail) }
            ?? (failure.kind == .exit ? equals.last { Self.mayEnd(candidates[$0].record) } : equals.first)
    }

    /// True where the text has the type's name before a colon or a bracket: `HTTPError: 403 Forbidden`.
    static func isNamed(_ record: ExceptionRecord, _ tail: String) -> Bool {
        guard let name = record.type.split(whereSeparator: { ".\\".contains($0) }).last, name.count >= 6 else {
            return false
        }
        return tail.contains("\(name):") || tail.contains("\(name)(")
    }

    /// Whether a caught exception that the program says nothing of may be why it ended: it came out of the program's own
    /// package, not out of a library that dealt with it by itself.
    static func mayEnd(_ record: ExceptionRecord) -> Bool {
        guard !isControl(record),
            let site = record.frames.last(where: { $0.inApp || package(of: $0.file) != nil })
        else { return false }
        if site.inApp { return true }
        let own = record.frames.lazy.compactMap { package(of: $0.file) }.first
        return own != nil && package(of: site.file) == own
    }

    /// The installed package that a file belongs to: `httpie` of `…/site-packages/httpie/core.py`.
    private static func package(of file: String) -> Substring? {
        let parts = file.split(separator: "/")
        guard let place = parts.lastIndex(where: { ["site-packages", "dist-packages", "node_modules"].contains($0) }),
            place + 1 < parts.count
        else { return nil }
        return parts[place + 1]
    }

    /// Exceptions by which programs steer themselves.
    private static func isControl(_ record: ExceptionRecord) -> Bool {
        let name = record.type.split(separator: ".").last.map(String.init) ?? record.type
        return ["Empty", "Full", "StopIteration", "StopAsyncIteration", "GeneratorExit", "CancelledError"].contains(
            name)
    }

    /// True where the message's beginning stands in the text: long enough to be no chance.
    static func isTold(_ record: ExceptionRecord, _ tail: String) -> Bool {
        let line = record.message.prefix { $0 != "\n" }.prefix(60)
        return line.count >= 6 && tail.contains(line)
    }
}
