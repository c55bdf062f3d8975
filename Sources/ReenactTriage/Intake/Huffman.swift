/// Bits of a DEFLATE stream, the lowest of a byte first.
struct BitReader {
    private let bytes: [UInt8]
    private var position: Int
    private var held = 0
    private var heldCount = 0

    init(_ bytes: [UInt8], _ position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// Up to 16 bits.
    mutating func bits(_ count: Int) throws(Inflate.Failure) -> Int {
        while heldCount < count {
            guard position < bytes.count else { throw .truncated }
            held |= Int(bytes[position]) << heldCount
            heldCount += 8
            position += 1
        }
        defer {
            held >>= count
            heldCount -= count
        }
        return held & (1 << count - 1)
    }

    /// Where the byte behind the one in use stands.
    var byteEnd: Int { position - heldCount / 8 }

    /// A block that is not compressed.
    mutating func stored() throws(Inflate.Failure) -> ArraySlice<UInt8> {
        position = byteEnd
        (held, heldCount) = (0, 0)
        guard position + 4 <= bytes.count else { throw .truncated }
        let length = Int(bytes[position]) | Int(bytes[position + 1]) << 8
        let check = Int(bytes[position + 2]) | Int(bytes[position + 3]) << 8
        guard length == ~check & 0xFFFF else { throw .damaged }
        position += 4
        guard position + length <= bytes.count else { throw .truncated }
        defer { position += length }
        return bytes[position..<(position + length)]
    }
}

/// A canonical Huffman code as DEFLATE writes it down: lengths alone.
struct HuffmanCode {
    /// Symbols by length.
    private var counts = [Int](repeating: 0, count: 16)
    private var symbols: [Int] = []

    init(_ lengths: [Int]) {
        for length in lengths where length > 0 { counts[length] += 1 }
        var offsets = [Int](repeating: 0, count: 16)
        for length in 1..<15 { offsets[length + 1] = offsets[length] + counts[length] }
        symbols = [Int](repeating: 0, count: lengths.count)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            symbols[offsets[length]] = symbol
            offsets[length] += 1
        }
    }

    func next(_ reader: inout BitReader) throws(Inflate.Failure) -> Int {
        var (code, first, index) = (0, 0, 0)
        for length in 1..<16 {
            code |= try reader.bits(1)
            let count = counts[length]
            if code - count < first {
                guard symbols.indices.contains(index + code - first) else { throw .damaged }
                return symbols[index + code - first]
            }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        throw .damaged
    }

    static let fixedLiterals = HuffmanCode(
        (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    static let fixedDistances = HuffmanCode([Int](repeating: 5, count: 30))

    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The two codes that stand at the head of a block.
    static func dynamic(_ reader: inout BitReader) throws(Inflate.Failure) -> (HuffmanCode, HuffmanCode) {
        let literals = try reader.bits(5) + 257
        let distances = try reader.bits(5) + 1
        let count = try reader.bits(4) + 4
        var lengths = [Int](repeating: 0, count: 19)
        for place in order.prefix(count) { lengths[place] = try reader.bits(3) }
        let code = HuffmanCode(lengths)
        var all: [Int] = []
        while all.count < literals + distances {
            let symbol = try code.next(&reader)
            switch symbol {
            case 16:
                guard let last = all.last else { throw .damaged }
                all += [Int](repeating: last, count: try reader.bits(2) + 3)
            case 17: all += [Int](repeating: 0, count: try reader.bits(3) + 3)
            case 18: all += [Int](repeating: 0, count: try reader.bits(7) + 11)
            default: all.append(symbol)
            }
        }
        guard all.count == literals + distances else { throw .damaged }
        return (HuffmanCode(Array(all.prefix(literals))), HuffmanCode(Array(all.suffix(distances))))
    }
}
