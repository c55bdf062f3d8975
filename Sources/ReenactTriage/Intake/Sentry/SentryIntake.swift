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
        var (start, number) = (0, 0)
        for (index, part) in envelopes(plain[...]).enumerated() where part.endIndex - start >= bytes {
            stretches.append(InputStretch(bytes: plain[start..<part.endIndex], number: number))
            (start, number) = (part.endIndex, index + 1)
        }
        if start < plain.count { stretches.append(InputStretch(bytes: plain[start...], number: number)) }
        return stretches
    }

    /// Reads envelopes, which are counted from the stretch's number on.
    public static func read(_ stretch: InputStretch, source: String) -> Intake {
        SentryFrames.shared { read(stretch, source, asText: ["frames"], &$0) }
    }

    /// - Parameter asText: members that are left as text.
    static func read(
        _ stretch: InputStretch, _ source: String, asText: Set<String>, _ frames: inout SentryFrames
    ) -> Intake {
        var intake = Intake()
        // What was seen of the work around the event: its own envelope, and those of the same file.
        var events: [(place: String, value: JSONValue, header: JSONValue)] = []
        var transactions: [JSONValue] = []
        for (index, part) in envelopes(stretch.bytes).enumerated() {
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
                guard let value = JSONParser.parse(item.payload, skipping: unread, asText: asText), value.object != nil
                else {
                    intake.note("\(place) item \(index + 1)", "not a JSON object")
                    continue
                }
                if item.type == "event" {
                    events.append((place, value, envelope.header))
                } else {
                    transactions.append(value)
                    intake.skipped += 1
                }
            }
        }
        for event in events {
            guard let failure = SentryEvent.failure(event.value, header: event.header, source: event.place, &frames)
            else {
                intake.note(event.place, "the event says nothing about a failure")
                continue
            }
            intake.failures.append(failure)
        }
        intake.transactions += transactions.map(SentryTransaction.init)
        return intake
    }

    /// Envelopes that stand one behind the other in a file: a new one begins with a line that has no item's `type`
    /// and names an event, a DSN or an SDK.
    private static func envelopes(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var starts: [Int] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.endIndex
            let line = bytes[position..<end]
            var next = end + 1
            if line.first == UInt8(ascii: "{"), line.count <= 65_536, let header = JSONParser.parse(line) {
                if header["type"]?.string != nil, let length = header["length"]?.integer, length >= 0,
                    length <= bytes.endIndex - min(next, bytes.endIndex)
                {
                    next += Int(length)
                } else if header["type"] == nil,
                    header["event_id"] != nil || header["dsn"] != nil || header["sent_at"] != nil
                        || header["sdk"] != nil, header["exception"] == nil, header["platform"] == nil
                {
                    starts.append(position)
                }
            }
            position = max(next, position + 1)
        }
        guard starts.count > 1, starts[0] == bytes.startIndex else { return [bytes] }
        return zip(starts, starts.dropFirst() + [bytes.endIndex]).map { bytes[$0..<$1] }
    }
}
