import ReenactTimeline
import ReenactWire

extension MySQL {
    /// Changes rows and errors of an answer, packet by packet; the packets are numbered anew.
    ///
    /// - Returns: nil where a value has no form in its column's type, or there is no such row.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        var answer = answer
        var edits = edits
        while let last = edits.lastIndex(where: { if case .whole = $0 { true } else { false } }) {
            if case .whole(let bytes) = edits[last] { answer = bytes }
            edits.removeFirst(last + 1)
        }
        return edits.isEmpty ? answer : try? rewritten(answer, detail, edits)
    }

    private static func rewritten(
        _ answer: [UInt8], _ detail: JSONValue, _ edits: [AnswerEdit]
    ) throws(MySQLError) -> [UInt8] {
        let flags = Capabilities(rawValue: UInt64(bitPattern: detail["capabilities"]?.integer ?? 0))
        let isBinary = detail["kind"]?.string == "execute"
        var reading = Answer(to: isBinary ? .execute : .query, capabilities: flags, keepsRows: false)
        var cutter = PacketCutter()
        cutter.append(answer[...], at: 0)
        var parts: [(role: Answer.Role, payload: [UInt8])] = []
        var sequence: UInt8 = 1
        while let packet = try cutter.next() {
            if parts.isEmpty { sequence = packet.sequence }
            parts.append((try reading.take(packet.payload), Array(packet.payload)))
        }
        let columns = reading.columns
        for edit in edits { try apply(edit, to: &parts, columns, isBinary, flags) }
        var out = PacketWriter(sequence: sequence)
        for part in parts where part.role != .row || !part.payload.isEmpty { out.packet(part.payload) }
        return out.take()
    }

    private static func apply(
        _ edit: AnswerEdit, to parts: inout [(role: Answer.Role, payload: [UInt8])], _ columns: [Column],
        _ isBinary: Bool, _ flags: Capabilities
    ) throws(MySQLError) {
        let rows = parts.indices.filter { parts[$0].role == .row }
        switch edit {
        case .cell(let row, let column, let text):
            guard rows.indices.contains(row), columns.indices.contains(column), !parts[rows[row]].payload.isEmpty else {
                throw MySQLError("no such row")
            }
            var cells = try RowCells.read(parts[rows[row]].payload[...], columns, isBinary: isBinary)
            cells[column] = try text.map { (text) throws(MySQLError) in
                try RowCells.encoded(text, columns[column], isBinary: isBinary)
            }
            parts[rows[row]].payload = RowCells.write(cells, isBinary: isBinary)
        case .insertRow(let values):
            guard !columns.isEmpty, values.count == columns.count,
                let end = parts.lastIndex(where: { $0.role == .rowsEnd })
            else { throw MySQLError("no rows here") }
            var cells: [[UInt8]?] = []
            for (value, column) in zip(values, columns) {
                cells.append(
                    try value.map { (text) throws(MySQLError) in
                        try RowCells.encoded(text, column, isBinary: isBinary)
                    })
            }
            parts.insert((.row, RowCells.write(cells, isBinary: isBinary)), at: end)
        case .removeRow(let row):
            guard rows.indices.contains(row) else { throw MySQLError("no such row") }
            parts[rows[row]].payload = []
        case .success(let affected):
            guard let place = parts.firstIndex(where: { $0.role == .error }) else { throw MySQLError("no error here") }
            var ok = OKPacket(status: .autocommit)
            ok.affected = UInt64(affected)
            parts[place] = (.ok, ok.payload(flags))
        case .whole, .status, .header, .member, .splice, .bytes: throw MySQLError("not an edit of this protocol")
        }
    }
}

/// The cells of a row as bytes, without a look at what they mean.
enum RowCells {
    /// - Throws: where the row does not fit its columns.
    static func read(
        _ payload: ArraySlice<UInt8>, _ columns: [Column], isBinary: Bool
    ) throws(MySQLError) -> [[UInt8]?] {
        var reader = ByteReader(payload)
        var cells: [[UInt8]?] = []
        guard isBinary else {
            for _ in columns {
                if reader.rest.first == 0xfb {
                    _ = reader.uint8()
                    cells.append(nil)
                } else if let bytes = reader.string() {
                    cells.append(Array(bytes))
                } else {
                    throw MySQLError("a row does not fit its columns")
                }
            }
            return cells
        }
        guard reader.uint8() == 0, let nulls = reader.take((columns.count + 9) / 8) else {
            throw MySQLError("a row does not fit its columns")
        }
        for (index, column) in columns.enumerated() {
            let bit = index + 2
            if nulls[nulls.startIndex + bit / 8] & (1 << UInt8(bit % 8)) != 0 {
                cells.append(nil)
                continue
            }
            let before = reader.rest
            guard BinaryValue.read(&reader, type: column.type, isUnsigned: column.isUnsigned) != nil else {
                throw MySQLError("a row does not fit its columns")
            }
            cells.append(Array(before.prefix(before.count - reader.rest.count)))
        }
        return cells
    }

    /// - Parameter cells: as `read` gave them, or as `encoded` made them.
    static func write(_ cells: [[UInt8]?], isBinary: Bool) -> [UInt8] {
        var writer = ByteWriter()
        guard isBinary else {
            for cell in cells { if let cell { writer.string(cell) } else { writer.uint8(0xfb) } }
            return writer.bytes
        }
        writer.uint8(0)
        var nulls = [UInt8](repeating: 0, count: (cells.count + 9) / 8)
        for (index, cell) in cells.enumerated() where cell == nil {
            nulls[(index + 2) / 8] |= 1 << UInt8((index + 2) % 8)
        }
        writer.raw(nulls)
        for case let cell? in cells { writer.raw(cell) }
        return writer.bytes
    }

    /// A value's text in the form of its column.
    ///
    /// - Throws: where it has none.
    static func encoded(_ text: String, _ column: Column, isBinary: Bool) throws(MySQLError) -> [UInt8] {
        guard isBinary else { return Array(text.utf8) }
        var writer = ByteWriter()
        func whole(_ bits: Int) throws(MySQLError) -> UInt64 {
            guard let value = Int64(text) else { throw MySQLError("\(text) is no number of \(bits) bits") }
            return UInt64(bitPattern: value)
        }
        switch column.type {
        case .tiny: writer.uint8(UInt8(truncatingIfNeeded: try whole(8)))
        case .short, .year: writer.uint16(UInt16(truncatingIfNeeded: try whole(16)))
        case .long, .int24: writer.uint32(UInt32(truncatingIfNeeded: try whole(32)))
        case .longLong: writer.raw(littleEndian(try whole(64), 8))
        case .float:
            guard let value = Float(text) else { throw MySQLError("\(text) is no number") }
            writer.uint32(value.bitPattern)
        case .double:
            guard let value = Double(text) else { throw MySQLError("\(text) is no number") }
            writer.raw(littleEndian(value.bitPattern, 8))
        case .date, .dateTime, .timestamp:
            let parts = text.split { !$0.isNumber }.compactMap { Int($0) }
            guard parts.count >= 3 else { throw MySQLError("\(text) is no date") }
            let clock = column.type == .date ? [] : (parts.dropFirst(3) + [0, 0, 0]).prefix(3)
            writer.uint8(UInt8(4 + clock.count))
            writer.uint16(UInt16(truncatingIfNeeded: parts[0]))
            for part in parts[1...2] + clock { writer.uint8(UInt8(truncatingIfNeeded: part)) }
        case .time: throw MySQLError("times of day are not made")
        default: writer.string(text.utf8)
        }
        return writer.bytes
    }

    private static func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}
