/// Compressed bytes from anywhere, made plain: gzip (RFC 1952) over DEFLATE (RFC 1951), bounded, never a trap.
public enum Inflate {
    /// Why the bytes can't be made plain.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case notGzip
        case truncated
        case damaged
        /// More would come out than the limit.
        case tooLarge(Int)
        /// A library of the machine that is not there.
        case needs(String)

        public var description: String {
            switch self {
            case .notGzip: "not gzip"
            case .truncated: "the compressed data ends too early"
            case .damaged: "the compressed data is damaged"
            case .needs(let library): "it can only be unpacked with \(library), which is not installed"
            case .tooLarge(let limit): "it is larger than \(limit) bytes when unpacked"
            }
        }
    }

    /// True where the bytes begin as gzip does.
    public static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B, 8]) }

    /// True where the bytes begin as zlib's (RFC 1950) do.
    public static func isZlib(_ bytes: [UInt8]) -> Bool {
        bytes.count > 2 && bytes[0] & 0x0F == 8 && bytes[0] >> 4 < 8
            && (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0 && bytes[1] & 0x20 == 0
    }

    /// The plain bytes of a zlib stream, which HTTP calls `deflate`.
    public static func zlib(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        guard isZlib(bytes) else { throw .damaged }
        var output: [UInt8] = []
        var reader = BitReader(bytes, 2)
        try stream(&reader, into: &output, limit: limit)
        return output
    }

    /// The plain bytes of every member.
    public static func gzip(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        guard isGzip(bytes) else { throw .notGzip }
        var output: [UInt8] = []
        var position = 0
        while position < bytes.count, bytes[position...].starts(with: [0x1F, 0x8B, 8]) {
            position = try header(bytes, position)
            var reader = BitReader(bytes, position)
            let start = output.count
            try stream(&reader, into: &output, limit: limit)
            position = reader.byteEnd
            guard position + 8 <= bytes.count else { throw .truncated }
            let length = (4..<8).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * ($1 - 4)) }
            guard length == (output.count - start) & 0xFFFF_FFFF else { throw .damaged }
            position += 8
        }
        return output
    }

    private static func header(_ bytes: [UInt8], _ start: Int) throws(Failure) -> Int {
        guard start + 10 <= bytes.count else { throw .truncated }
        let flags = bytes[start + 3]
        var position = start + 10
        if flags & 4 != 0 {
            guard position + 2 <= bytes.count else { throw .truncated }
            position += 2 + Int(bytes[position]) + Int(bytes[position + 1]) << 8
        }
        for flag in [UInt8(8), 16] where flags & flag != 0 {
            while position < bytes.count, bytes[position] != 0 { position += 1 }
            position += 1
        }
        if flags & 2 != 0 { position += 2 }
        guard position <= bytes.count else { throw .truncated }
        return position
    }

    private static func stream(_ reader: inout BitReader, into output: inout [UInt8], limit: Int) throws(Failure) {
        let start = output.count
        var isLast = false
        while !isLast {
            isLast = try reader.bits(1) == 1
            switch try reader.bits(2) {
            case 0:
                let bytes = try reader.stored()
                guard output.count + bytes.count <= limit else { throw .tooLarge(limit) }
                output += bytes
            case 1: try block(&reader, HuffmanCode.fixedLiterals, HuffmanCode.fixedDistances, &output, start, limit)
            case 2:
                let (literals, distances) = try HuffmanCode.dynamic(&reader)
                try block(&reader, literals, distances, &output, start, limit)
            default: throw .damaged
            }
        }
    }

    private static let lengthBase = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBase = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ]

    private static func block(
        _ reader: inout BitReader, _ literals: HuffmanCode, _ distances: HuffmanCode, _ output: inout [UInt8],
        _ start: Int, _ limit: Int
    ) throws(Failure) {
        while true {
            let symbol = try literals.next(&reader)
            if symbol == 256 { return }
            if symbol < 256 {
                guard output.count < limit else { throw .tooLarge(limit) }
                output.append(UInt8(symbol))
                continue
            }
            guard symbol - 257 < lengthBase.count else { throw .damaged }
            let length = lengthBase[symbol - 257] + (try reader.bits(lengthBits[symbol - 257]))
            let code = try distances.next(&reader)
            guard code < distanceBase.count else { throw .damaged }
            let distance = distanceBase[code] + (try reader.bits(code < 2 ? 0 : code / 2 - 1))
            guard distance <= output.count - start else { throw .damaged }
            guard output.count + length <= limit else { throw .tooLarge(limit) }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
