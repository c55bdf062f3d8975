import ReenactTimeline

/// `ExportTraceServiceRequest` and `ExportLogsServiceRequest` in protobuf.
///
/// Source: https://github.com/open-telemetry/opentelemetry-proto (trace/v1, logs/v1, common/v1)
enum OTLPProtobuf {
    /// Values within values that are still read.
    private static let depthMax = 32

    static func read(_ bytes: [UInt8], into data: inout OTLPData) throws(WireReader.Malformed) {
        var request = WireReader(bytes[...])
        while let (field, value) = try request.next() {
            guard field == 1 else { continue }
            var service = ""
            var scopes: [ArraySlice<UInt8>] = []
            var resource = WireReader(value.bytes)
            while let (field, value) = try resource.next() {
                if field == 1 {
                    service = try attributes(value.bytes, field: 1)["service.name"]?.scalarText ?? ""
                } else if field == 2 {
                    scopes.append(value.bytes)
                }
            }
            for scope in scopes {
                var reader = WireReader(scope)
                while let (field, value) = try reader.next() {
                    guard field == 2 else { continue }
                    guard data.spans.count + data.logs.count < OTLPData.recordsMax else {
                        throw WireReader.Malformed(description: "more than \(OTLPData.recordsMax) records")
                    }
                    if try isSpan(value.bytes) {
                        data.spans.append(try span(value.bytes, service))
                    } else {
                        data.logs.append(try log(value.bytes, service))
                    }
                }
            }
        }
    }

    /// A span begins with its trace's id; a log record has a time in that field, or none.
    private static func isSpan(_ bytes: ArraySlice<UInt8>) throws(WireReader.Malformed) -> Bool {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            if field == 1, case .bytes = value { return true }
        }
        return false
    }

    private static func span(_ bytes: ArraySlice<UInt8>, _ service: String) throws(WireReader.Malformed) -> OTLPSpan {
        var span = OTLPSpan()
        span.service = service
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: span.trace = value.hex
            case 2: span.span = value.hex
            case 4: span.parent = value.hex
            case 5: span.name = value.text
            case 6: span.kind = Int(truncatingIfNeeded: value.number)
            case 7: span.start = value.number
            case 8: span.end = value.number
            case 9: try add(value.bytes, to: &span.attributes)
            case 11:
                var event = OTLPEvent()
                var inner = WireReader(value.bytes)
                while let (field, value) = try inner.next() {
                    if field == 1 { event.time = value.number }
                    if field == 2 { event.name = value.text }
                    if field == 3 { try add(value.bytes, to: &event.attributes) }
                }
                span.events.append(event)
            case 15:
                var inner = WireReader(value.bytes)
                while let (field, value) = try inner.next() {
                    if field == 2 { span.statusMessage = value.text }
                    if field == 3 { span.status = Int(truncatingIfNeeded: value.number) }
                }
            default: break
            }
        }
        return span
    }

    private static func log(_ bytes: ArraySlice<UInt8>, _ service: String) throws(WireReader.Malformed) -> OTLPLog {
        var log = OTLPLog()
        log.service = service
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: log.time = value.number
            case 2: log.severity = Int(truncatingIfNeeded: value.number)
            case 5: log.body = try self.value(value.bytes, depth: 0).scalarText
            case 6: try add(value.bytes, to: &log.attributes)
            case 9: log.trace = value.hex
            case 10: log.span = value.hex
            case 11: log.time = log.time == 0 ? value.number : log.time
            case 12: log.eventName = value.text
            default: break
            }
        }
        return log
    }

    private static func attributes(
        _ bytes: ArraySlice<UInt8>, field wanted: Int, depth: Int = 0
    ) throws(WireReader.Malformed) -> [String: JSONValue] {
        var attributes: [String: JSONValue] = [:]
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            if field == wanted { try add(value.bytes, to: &attributes, depth: depth) }
        }
        return attributes
    }

    private static func add(
        _ bytes: ArraySlice<UInt8>, to attributes: inout [String: JSONValue], depth: Int = 0
    ) throws(WireReader.Malformed) {
        var key = ""
        var found: JSONValue = .null
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            if field == 1 { key = value.text }
            if field == 2 { found = try self.value(value.bytes, depth: depth + 1) }
        }
        attributes[key] = found
    }

    private static func value(_ bytes: ArraySlice<UInt8>, depth: Int) throws(WireReader.Malformed) -> JSONValue {
        guard depth < depthMax else { throw WireReader.Malformed(description: "values are nested too deeply") }
        var found: JSONValue = .null
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: found = .string(value.text)
            case 2: found = .bool(value.number != 0)
            case 3: found = .integer(Int64(bitPattern: value.number))
            case 4: found = .number(Double(bitPattern: value.number))
            case 5:
                var list: [JSONValue] = []
                var inner = WireReader(value.bytes)
                while let (field, value) = try inner.next() {
                    guard field == 1 else { continue }
                    list.append(try self.value(value.bytes, depth: depth + 1))
                }
                found = .array(list)
            case 6: found = .object(try attributes(value.bytes, field: 1, depth: depth + 1))
            default: break
            }
        }
        return found
    }
}
