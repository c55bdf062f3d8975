import ReenactTimeline

/// Exceptions out of spans and log records, with the exchanges that surround them.
struct OTLPFailures {
    /// One sighting of an exception; the same one is seen on every span that it passes through, and in the log.
    private struct Sighting {
        var record: ExceptionRecord
        var trace: String
        var span: String
        var service: String
        var time: UInt64
    }

    private let spans: [String: OTLPSpan]
    private let byTrace: [String: [OTLPSpan]]
    private var sightings: [Sighting] = []
    private let sources: [String: String]

    init(_ data: OTLPData, _ sources: [String: String]) {
        self.sources = sources
        spans = Dictionary(data.spans.map { ($0.trace + $0.span, $0) }, uniquingKeysWith: { first, _ in first })
        byTrace = Dictionary(grouping: spans.values.sorted { ($0.start, $0.span) < ($1.start, $1.span) }, by: \.trace)
        for span in spans.values.sorted(by: { ($0.trace, $0.start, $0.span) < ($1.trace, $1.start, $1.span) }) {
            for event in span.events where event.name == "exception" || event.attributes["exception.type"] != nil {
                add(event.attributes, "", span.trace, span.span, span.service, event.time)
            }
        }
        for log in data.logs
        where log.attributes["exception.type"] != nil || log.attributes["exception.stacktrace"] != nil {
            add(log.attributes, log.body, log.trace, log.span, log.service, log.time)
        }
    }

    private mutating func add(
        _ attributes: [String: JSONValue], _ body: String, _ trace: String, _ span: String, _ service: String,
        _ time: UInt64
    ) {
        func text(_ name: String) -> String { attributes[name]?.scalarText ?? "" }
        var type = text("exception.type")
        let message = text("exception.message")
        let read = TraceText.exceptions(in: text("exception.stacktrace")).last
        if type.isEmpty { type = read?.type ?? "" }
        guard !type.isEmpty || read != nil || !message.isEmpty else { return }
        var record = ExceptionRecord(
            type: type, message: message.isEmpty ? read?.message ?? body : message,
            language: read?.language ?? "native",
            handling: .reported, time: 0, process: 0,
            frames: read?.frames ?? WrittenFrame.frames(in: text("exception.stacktrace")), causes: read?.causes ?? [])
        // The text of the trace is the runtime's own: log libraries word the message anew.
        if let read, read.type.split(separator: ".").last == type.split(separator: ".").last, !read.message.isEmpty {
            record.message = read.message
        }
        sightings.append(Sighting(record: record, trace: trace, span: span, service: service, time: time))
    }

    /// Every failure once, in order of traces.
    func all() -> [ForeignFailure] {
        var kept: [Sighting] = []
        var byGroup: [String: [Int]] = [:]
        for sighting in sightings {
            let group = sighting.trace + "|" + sighting.service
            let known = sighting.trace.isEmpty ? nil : byGroup[group]?.first { Self.isSame(kept[$0], sighting) }
            if let known {
                kept[known] = Self.richer(kept[known], sighting)
            } else {
                byGroup[group, default: []].append(kept.count)
                kept.append(sighting)
            }
        }
        return kept.enumerated().map { failure($1, $0) }
    }

    private static func chain(_ record: ExceptionRecord) -> [ExceptionRecord] { [record] + record.causes }

    /// One is the other, or what the other was raised from.
    private static func isSame(_ one: Sighting, _ other: Sighting) -> Bool {
        func alike(_ first: ExceptionRecord, _ second: ExceptionRecord) -> Bool {
            guard first.type.split(separator: ".").last == second.type.split(separator: ".").last else { return false }
            if let a = first.throwSite, let b = second.throwSite {
                return a.function == b.function && a.file == b.file && a.line == b.line
            }
            func letters(_ text: String) -> String { text.filter { $0.isLetter || $0.isNumber } }
            return letters(first.message) == letters(second.message)
        }
        return chain(one.record).contains { alike($0, other.record) }
            || chain(other.record).contains { alike($0, one.record) }
    }

    /// The one that came furthest: the longer chain, then the longer stack.
    private static func richer(_ one: Sighting, _ other: Sighting) -> Sighting {
        let first = (one.record.causes.count, one.record.frames.count)
        return first >= (other.record.causes.count, other.record.frames.count) ? one : other
    }

    private func failure(_ sighting: Sighting, _ number: Int) -> ForeignFailure {
        var made = ForeignCase()
        made.exceptions = [sighting.record]
        let root = root(sighting)
        made.operation = root?.name ?? ""
        if let root, root.kind == 2 {
            let method = root.text("http.request.method", "http.method")
            if !method.isEmpty {
                let path = root.text("url.path", "http.target", "url.full", "http.url")
                made.serve(
                    method: method, url: path + (root.text("url.query").isEmpty ? "" : "?" + root.text("url.query")))
            }
        }
        if let root, root.kind == 5 {
            made.queue = root.text(
                "messaging.destination.name", "messaging.destination", "messaging.source.name", "messaging.system")
        }
        let own = (byTrace[sighting.trace] ?? []).filter { $0.service == sighting.service }
        for span in own.sorted(by: { ($0.end, $0.span) < ($1.end, $1.span) })
        where sighting.time == 0 || span.start <= sighting.time {
            OTLPExchange.add(span, to: &made)
        }
        let id = [sighting.trace, sighting.span].filter { !$0.isEmpty }.joined(separator: "-")
        var foreign = ForeignFailure(
            source: sources[sighting.trace] ?? "", name: id,
            failure: made.value(id: id.isEmpty ? "record-\(number + 1)" : id),
            service: sighting.service, trace: sighting.trace, span: sighting.span)
        foreign.origin = origin(sighting)
        return foreign
    }

    /// The span by which the work came into the service.
    private func root(_ sighting: Sighting) -> OTLPSpan? {
        var current = spans[sighting.trace + sighting.span]
        for _ in 0..<200 {
            guard let span = current, span.kind != 2 && span.kind != 5, !span.parent.isEmpty,
                let above = spans[span.trace + span.parent], above.service == sighting.service
            else { break }
            current = above
        }
        return current
    }

    /// The deepest service whose failure this one follows from, by parents and children; empty where it is this one.
    private func origin(_ sighting: Sighting) -> String {
        let all = byTrace[sighting.trace] ?? []
        guard Set(all.map(\.service)).count > 1 else { return "" }
        let children = Dictionary(grouping: all, by: \.parent)
        var current = root(sighting)?.span ?? sighting.span
        var service = sighting.service
        for _ in 0..<200 {
            // The last one to fail before the exception: earlier failures were lived with.
            let failed = (children[current] ?? []).filter { $0.status == 2 || Self.isServerError($0) }
            guard let next = failed.max(by: { ($0.end, $0.span) < ($1.end, $1.span) }) else { break }
            current = next.span
            service = next.service
        }
        return service == sighting.service ? "" : service
    }

    private static func isServerError(_ span: OTLPSpan) -> Bool {
        (Int(span.text("http.response.status_code", "http.status_code")) ?? 0) >= 500
    }
}
