import ReenactTimeline

/// OpenTelemetry's export requests as failures: exceptions on spans and in log records, each once.
public enum OTLPIntake {
    /// Requests belong together: one trace may come in several.
    public static func read(_ files: [(bytes: [UInt8], source: String)]) -> Intake {
        var intake = Intake()
        var data = OTLPData()
        var sources: [String: String] = [:]
        for file in files {
            let before = (data.spans.count, data.logs.count)
            do {
                try read(Intake.plain(file.bytes), file.source, &data, &intake)
            } catch {
                intake.note(file.source, "\(error)")
            }
            for span in data.spans[before.0...] where sources[span.trace] == nil { sources[span.trace] = file.source }
            for log in data.logs[before.1...] where sources[log.trace] == nil { sources[log.trace] = file.source }
        }
        intake.failures = OTLPFailures(data, sources).all()
        return intake
    }

    private static func read(
        _ bytes: [UInt8], _ source: String, _ data: inout OTLPData, _ intake: inout Intake
    ) throws {
        let first = bytes.first { $0 > 0x20 }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            if let value = JSONParser.parse(bytes) {
                for request in value.array ?? [value] where !OTLPJSON.read(request, into: &data) {
                    intake.note(source, "no export request: it has neither resourceSpans nor resourceLogs")
                }
                return
            }
            // One request a line, as the collector's file exporter writes them.
            let lines = bytes.split(separator: 0x0A)
            if lines.count > 1, lines.contains(where: { JSONParser.parse($0) != nil }) {
                for (number, line) in lines.enumerated() {
                    guard let value = JSONParser.parse(line) else {
                        intake.note("\(source):\(number + 1)", "not JSON")
                        continue
                    }
                    if !OTLPJSON.read(value, into: &data) {
                        intake.note("\(source):\(number + 1)", "no export request")
                    }
                }
                return
            }
            // A line feed and a brace may also be the beginning of protobuf.
            guard bytes.first == 0x0A else {
                intake.note(source, "damaged JSON")
                return
            }
        }
        var read = OTLPData()
        do {
            try OTLPProtobuf.read(bytes, into: &read)
            data.spans += read.spans
            data.logs += read.logs
        } catch {
            intake.note(source, "neither JSON nor a protobuf export request: \(error)")
        }
    }
}
