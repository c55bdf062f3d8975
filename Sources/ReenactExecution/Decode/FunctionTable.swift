/// Where functions of an ELF file begin, by the sorted table that unwinding uses (`.eh_frame_hdr`; Linux Standard Base
/// Core Specification, "Exception Frames"): a place from which instructions can be counted.
struct FunctionTable {
    private let bytes: UnsafeRawBufferPointer
    /// Segments in memory: address, place in the file, length there.
    private(set) var segments: [(address: UInt64, offset: UInt64, size: UInt64, isExecutable: Bool)] = []
    private var table: (address: UInt64, offset: Int)?
    private var entries = 0

    /// - Returns: nil where it is no ELF file for this architecture.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let start = word(32) else {
            return nil
        }
        let (size, count) = (half(54), half(56))
        guard let size, let count, size >= 56, start < 1 << 32 else { return nil }
        for index in 0..<Int(count) {
            let at = Int(start) + index * Int(size)
            guard let kind = small(at), let flags = small(at + 4), let offset = word(at + 8),
                let address = word(at + 16), let length = word(at + 32)
            else { return nil }
            if kind == 1 { segments.append((address, offset, length, flags & 1 != 0)) }
            if kind == 0x6474_e550, offset < 1 << 32 { table = (address, Int(offset)) }
        }
        guard let place = table?.offset, place + 12 <= bytes.count,
            // Version 1; the table relative to its own beginning, in four bytes, as all linkers write it.
            bytes[place] == 1, bytes[place + 1] == 0x1b, bytes[place + 2] == 0x03, bytes[place + 3] == 0x3b
        else { return }
        entries = Int(small(place + 8) ?? 0)
    }

    /// Where in the file all functions are between; nil where none is known.
    var extent: Range<UInt64>? {
        guard entries > 0, let first = beginning(0), let last = beginning(entries - 1),
            let home = segments.first(where: { first >= $0.address && first - $0.address < $0.size }),
            last - home.address < home.size
        else { return nil }
        let from = first - home.address + home.offset
        // The last one's end.
        let end = function(around: last - home.address + home.offset)?.upperBound
        return from..<max(end ?? from, from)
    }

    /// The part of the file in which the function stands that has the byte at `offset`; nil where none is known.
    func function(around offset: UInt64) -> Range<UInt64>? {
        guard let table, entries > 0, let segment = segments.first(where: { contains($0, offset) }) else { return nil }
        let address = offset - segment.offset + segment.address
        var (low, high) = (0, entries)
        while low < high {
            let middle = (low + high) / 2
            guard let start = beginning(middle) else { return nil }
            if start <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, let start = beginning(low - 1), let entry = small(table.offset + 12 + (low - 1) * 8 + 4) else {
            return nil
        }
        // Its description: length, the common part's place, beginning and length of the function.
        let described = table.address &+ FunctionTable.wide(entry)
        guard let home = segments.first(where: { described >= $0.address && described < $0.address + $0.size }) else {
            return nil
        }
        let place = Int(described - home.address + home.offset)
        guard let relative = small(place + 8), let length = small(place + 12),
            described &+ 8 &+ FunctionTable.wide(relative) == start, start >= segment.address,
            address - start < UInt64(length)
        else { return nil }
        let from = start - segment.address + segment.offset
        return from..<from + UInt64(length)
    }

    private func beginning(_ index: Int) -> UInt64? {
        guard let table else { return nil }
        return small(table.offset + 12 + index * 8).map { table.address &+ FunctionTable.wide($0) }
    }

    private func contains(
        _ segment: (address: UInt64, offset: UInt64, size: UInt64, isExecutable: Bool), _ offset: UInt64
    ) -> Bool {
        segment.isExecutable && offset >= segment.offset && offset - segment.offset < segment.size
    }

    private static func wide(_ value: UInt32) -> UInt64 { UInt64(bitPattern: Int64(Int32(bitPattern: value))) }

    private func half(_ at: Int) -> UInt16? { load(at) }
    private func small(_ at: Int) -> UInt32? { load(at) }
    private func word(_ at: Int) -> UInt64? { load(at) }

    private func load<Number: FixedWidthInteger>(_ at: Int) -> Number? {
        guard at >= 0, at <= bytes.count - MemoryLayout<Number>.size else { return nil }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: Number.self))
    }
}
