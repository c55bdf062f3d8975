/// The functions that a 64-bit ELF file names (`.symtab`, else `.dynsym`).
///
/// Source: System V ABI, gABI 4.1, chapters 4 and 5. Files are not trusted: whatever lies outside is passed over.
struct SymbolTable {
    private let bytes: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
        self.bytes = bytes
    }

    private func number(_ at: UInt64, _ count: Int) -> UInt64? {
        guard at <= UInt64(bytes.count), UInt64(bytes.count) - at >= UInt64(count) else { return nil }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[Int(at) + $1]) << (8 * UInt64($1)) }
    }

    /// The function whose instructions stand at this place of the file.
    func function(at offset: UInt64) -> String? {
        guard let address = address(of: offset) else { return nil }
        // SHT_SYMTAB, SHT_DYNSYM.
        for kind: UInt64 in [2, 11] {
            for section in sections where number(section &+ 4, 4) == kind {
                if let name = function(at: address, section) { return name }
            }
        }
        return nil
    }

    /// By the segments that are loaded.
    private func address(of offset: UInt64) -> UInt64? {
        guard let table = number(32, 8), let size = number(54, 2), let count = number(56, 2), size >= 56 else {
            return nil
        }
        for index in 0..<count {
            let at = table &+ index * size
            guard number(at, 4) == 1, let start = number(at &+ 8, 8), let address = number(at &+ 16, 8),
                let length = number(at &+ 32, 8), offset >= start, offset - start < length
            else { continue }
            return address &+ (offset - start)
        }
        return nil
    }

    private var sections: [UInt64] {
        guard let table = number(40, 8), let size = number(58, 2), let count = number(60, 2), size >= 64 else {
            return []
        }
        return (0..<count).map { table &+ $0 * size }
    }

    private func function(at address: UInt64, _ section: UInt64) -> String? {
        guard let table = number(section &+ 24, 8), let length = number(section &+ 32, 8),
            let link = number(section &+ 40, 4), link < UInt64(sections.count),
            let names = number(sections[Int(link)] &+ 24, 8), table <= UInt64(bytes.count),
            length <= UInt64(bytes.count)
        else { return nil }
        for at in stride(from: table, to: table &+ length, by: 24) {
            // STT_FUNC, STT_GNU_IFUNC.
            guard let kind = number(at &+ 4, 1), [2, 10].contains(kind & 15), let value = number(at &+ 8, 8),
                let size = number(at &+ 16, 8), address >= value, address - value < max(size, 1),
                let name = number(at, 4)
            else { continue }
            let start = names &+ name
            guard start < UInt64(bytes.count) else { return nil }
            return String(decoding: bytes[Int(start)...].prefix(512).prefix { $0 != 0 }, as: UTF8.self)
        }
        return nil
    }
}
