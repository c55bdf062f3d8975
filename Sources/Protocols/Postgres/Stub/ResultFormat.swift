import ReenactTimeline
import ReenactWire

/// Text form and binary form of results, each made of the other where the live client asks for the other one.
enum ResultFormat {
    private static func isBinary(_ index: Int, _ formats: [Int16]) -> Bool {
        (formats.count == 1 ? formats[0] : index < formats.count ? formats[index] : 0) == 1
    }

    /// The RowDescription's body with these result formats.
    static func set(_ formats: [Int16], in body: [UInt8]) -> [UInt8] {
        var body = body
        var reader = ByteReader(body[...])
        let count = Int(UInt16(bitPattern: reader.int16() ?? 0))
        for index in 0..<count {
            guard reader.cString() != nil, reader.take(18) != nil else { break }
            body[reader.position - 2] = 0
            body[reader.position - 1] = isBinary(index, formats) ? 1 : 0
        }
        return body
    }

    static func canConvert(_ columns: [(type: Int32, isBinary: Bool)], to formats: [Int16]) -> Bool {
        columns.enumerated().allSatisfy { index, column in
            column.isBinary == isBinary(index, formats) || TypeOID.isConvertible(column.type)
        }
    }

    /// Converts the rows of the answer; false where a cell cannot be, which then must not be served.
    static func convert(
        _ answer: inout RecordedAnswer, _ columns: [(type: Int32, isBinary: Bool)], to formats: [Int16]
    ) -> Bool {
        let changed = columns.indices.filter { columns[$0].isBinary != isBinary($0, formats) }
        guard !changed.isEmpty else { return true }
        for place in answer.messages.indices where answer.messages[place].type == Backend.dataRow {
            var cells = DataRow.cells(answer.messages[place].body).map { $0.map(Array.init) }
            for index in changed where index < cells.count {
                guard let cell = cells[index] else { continue }
                let type = columns[index].type
                let converted =
                    columns[index].isBinary
                    ? BinaryValue.text(cell[...], type: type).map { Array($0.utf8) }
                    : TextValue.binary(cell[...], type: type)
                guard let converted else { return false }
                cells[index] = converted
            }
            answer.messages[place].bytes = Outgoing.dataRow(cells)[...]
        }
        return true
    }
}

extension TypeOID {
    /// Whether both forms of the type are known here.
    static func isConvertible(_ type: Int32) -> Bool {
        switch type {
        case bool, int2, int4, int8, oid, float4, float8, bytea, uuid, jsonb, date, time, timestamp, timestamptz,
            numeric:
            true
        default: isText(type)
        }
    }
}
