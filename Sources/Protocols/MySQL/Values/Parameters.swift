/// Values that a client binds to a statement, or sends along as attributes of a query.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html
struct Parameters: Sendable {
    /// The type of a parameter as the client declares it.
    struct Kind: Sendable, Equatable {
        var type: ColumnType
        var isUnsigned: Bool
    }

    var values: [Value] = []
    /// Declared with these values, or with earlier ones of the same statement.
    var kinds: [Kind] = []

    /// Reads bitmap, types and values.
    ///
    /// - Parameters:
    ///   - known: types from an earlier execution, used where none are declared.
    ///   - long: values that were sent ahead (COM_STMT_SEND_LONG_DATA); they are not among the bytes.
    init?(
        _ reader: inout ByteReader, count: Int, hasNames: Bool, known: [Kind], long: [Int: [UInt8]] = [:]
    ) {
        guard count > 0 else { return }
        guard count <= 65535, let nulls = reader.take((count + 7) / 8), let declares = reader.uint8() else {
            return nil
        }
        kinds = known
        if declares == 1 {
            kinds = []
            for _ in 0..<count {
                guard let type = reader.uint8(), let sign = reader.uint8() else { return nil }
                if hasNames, reader.string() == nil { return nil }
                kinds.append(Kind(type: ColumnType(rawValue: type), isUnsigned: sign & 0x80 != 0))
            }
        }
        guard kinds.count == count else { return nil }
        for (index, kind) in kinds.enumerated() {
            if nulls[nulls.startIndex + index / 8] & (1 << UInt8(index % 8)) != 0 {
                values.append(.null)
            } else if let ahead = long[index] {
                values.append(.bytes(ahead[...]))
            } else if let value = BinaryValue.read(&reader, type: kind.type, isUnsigned: kind.isUnsigned) {
                values.append(value)
            } else {
                return nil
            }
        }
    }

    /// No parameters.
    init() {}
}

/// The request COM_STMT_EXECUTE.
struct ExecuteRequest {
    var statement: UInt32
    /// The rows are to be fetched in steps.
    var opensCursor: Bool
    var parameters: Parameters

    /// The statement's number, which all commands on statements begin with.
    static func statement(_ payload: ArraySlice<UInt8>) -> UInt32? {
        var reader = ByteReader(payload.dropFirst())
        return reader.uint32()
    }

    init?(
        _ payload: ArraySlice<UInt8>, parameterCount: Int, known: [Parameters.Kind], long: [Int: [UInt8]],
        _ capabilities: Capabilities
    ) {
        var reader = ByteReader(payload.dropFirst())
        guard let statement = reader.uint32(), let flags = reader.uint8(), reader.skip(4) else { return nil }
        self.statement = statement
        opensCursor = flags & 7 != 0
        var count = parameterCount
        let hasAttributes = capabilities.contains(.queryAttributes)
        if hasAttributes, count > 0 || flags & 8 != 0 {
            guard let given = reader.lengthEncoded(), given <= 65535 else { return nil }
            count = Int(given)
        }
        guard
            var parameters = Parameters(&reader, count: count, hasNames: hasAttributes, known: known, long: long)
        else { return nil }
        // Attributes follow the values; they are no part of what is asked.
        parameters.values = Array(parameters.values.prefix(parameterCount))
        self.parameters = parameters
    }
}

/// The request COM_QUERY: the text behind its attributes, if there are any.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html
enum QueryRequest {
    static func text(_ payload: ArraySlice<UInt8>, _ capabilities: Capabilities) -> ArraySlice<UInt8>? {
        var reader = ByteReader(payload.dropFirst())
        guard capabilities.contains(.queryAttributes) else { return reader.rest }
        guard let count = reader.lengthEncoded(), reader.lengthEncoded() != nil, count <= 65535,
            Parameters(&reader, count: Int(count), hasNames: true, known: []) != nil
        else { return nil }
        return reader.rest
    }
}
