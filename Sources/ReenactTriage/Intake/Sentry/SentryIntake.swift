import ReenactTimeline

/// Sentry envelopes as failures: events are read, transactions lend their spans, other items are passed over.
public enum SentryIntake: FileIntake {
    /// Parts of an event that nothing here reads; they make up most of its bytes.
    static let unread: Set<String> = [
        "pre_context", "post_context", "modules", "debug_meta", "breakdowns", "_metrics", "sdk", "_meta",
        "integrations",
    ]

    /// Parts of about that size, cut between envelopes.
    public static func cut(_ plain: [UInt8], bytes: Int) -> [InputStretch] {
        var stretches: [InputStretch] = []
        var (starts, number): ([Int], Int) = ([], 0)
        func close(_ end: Int) {
            guard let start = starts.first else { return }
            var stretch = InputStretch(bytes: plain[start..<end], number: number)
            stretch.starts = starts
            stretches.append(stretch)
            number += starts.count
            starts = []
        }
        for part in envelopes(plain[...]) {
            starts.append(part.startIndex)
            if part.endIndex - starts[0] >= bytes { close(part.endIndex) }
        }
        close(plain.count)
        return stretches
    }

    /// Reads envelopes, which are counted from the stretch's number on.
    public static func read(_ stretch: InputStretch, source: String) -> Intake {
        SentryFrames.shared { frames in
            read(stretch, source) { SentryText($0, &frames) }
        }
    }

    /// - Parameter text: reads the text of an event; nil for what is no object.
    static func read(
        _ stretch: InputStretch, _ source: String, _ text: (ArraySlice<UInt8>) -> SentryText?
    ) -> Intake {
        var intake = Intake()
        for (index, part) in (stretch.starts.map { parts(stretch.bytes, $0) } ?? envelopes(stretch.bytes)).enumerated()
        {
            let number = stretch.number + index
            let place = number == 0 ? source : "\(source):\(number + 1)"
            let envelope: SentryEnvelope
            do {
                envelope = try SentryEnvelope(part)
            } catch {
                intake.note(place, error.description)
                continue
            }
            for (index, item) in envelope.items.enumerated() {
                guard item.type == "event" || item.type == "transaction" else {
                    intake.skipped += 1
                    continue
                }
                guard item.payload.count <= SentryEnvelope.payloadMax else {
                    intake.note("\(place) item \(index + 1)", "larger than \(SentryEnvelope.payloadMax) bytes")
                    continue
                }
                guard let text = text(item.payload) else {
                    intake.note("\(place) item \(index + 1)", "not a JSON object")
                    continue
                }
                if item.type == "transaction" {
                    intake.transactions.append(SentryTransaction(text.event))
                    intake.skipped += 1
                } else if let failure = SentryEvent.failure(
                    text.event, text.exceptions, header: envelope.name, source: place)
                {
                    intake.failures.append(failure)
                } else {
                    intake.note(place, "the event says nothing about a failure")
                }
            }
        }
        return intake
    }

    /// Envelopes that stand one behind the other in a file: a new one begins with a line that has no item's `type`
    /// and names an event, a DSN or an SDK.
    private static func envelopes(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var starts: [Int] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let end = bytes[position...].newline
            let line = bytes[position..<end]
            var next = end + 1
            if line.first == UInt8(ascii: "{"), line.count <= 65_536, let header = SentryHeader(line) {
                if header.type != nil, let length = header.length, length >= 0,
                    length <= bytes.endIndex - min(next, bytes.endIndex)
                {
                    next += length
                } else if header.type == nil, header.isOpening, !header.isEvent {
                    starts.append(position)
                }
            }
            position = max(next, position + 1)
        }
        guard starts.count > 1, starts[0] == bytes.startIndex else { return [bytes] }
        return parts(bytes, starts)
    }

    private static func parts(_ bytes: ArraySlice<UInt8>, _ starts: [Int]) -> [ArraySlice<UInt8>] {
        zip(starts, starts.dropFirst() + [bytes.endIndex]).map { bytes[$0..<$1] }
    }
}
