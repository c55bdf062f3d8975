/// Writes integers and strings of the protocol.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func uint8(_ value: UInt8) { bytes.append(value) }
    mutating func uint16(_ value: UInt16) { little(UInt64(value), 2) }
    mutating func uint32(_ value: UInt32) { little(UInt64(value), 4) }
    mutating func raw(_ value: some Collection<UInt8>) { bytes.append(contentsOf: value) }

    private mutating func little(_ value: UInt64, _ count: Int) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    mutating func lengthEncoded(_ value: UInt64) {
        switch value {
        case ..<0xfb: uint8(UInt8(value))
        case ..<0x1_0000:
            uint8(0xfc)
            little(value, 2)
        case ..<0x100_0000:
            uint8(0xfd)
            little(value, 3)
        default:
            uint8(0xfe)
            little(value, 8)
        }
    }

    mutating func string(_ value: some Collection<UInt8>) {
        lengthEncoded(UInt64(value.count))
        raw(value)
    }

    mutating func terminated(_ value: some Collection<UInt8>) {
        raw(value)
        uint8(0)
    }
}

/// Frames payloads as packets with running numbers; a payload of 2^24 - 1 bytes or more takes several.
struct PacketWriter {
    private(set) var bytes: [UInt8] = []
    var sequence: UInt8

    init(sequence: UInt8) { self.sequence = sequence }

    mutating func packet(_ payload: some RandomAccessCollection<UInt8>) {
        var rest = payload[...]
        repeat {
            let part = rest.prefix(Packet.payloadMax)
            rest = rest.dropFirst(part.count)
            bytes.append(UInt8(part.count & 0xff))
            bytes.append(UInt8(part.count >> 8 & 0xff))
            bytes.append(UInt8(part.count >> 16))
            bytes.append(sequence)
            bytes.append(contentsOf: part)
            sequence &+= 1
            // A full packet is always followed by another, if need be by an empty one.
            if part.count < Packet.payloadMax { return }
        } while true
    }

    mutating func raw(_ value: some Collection<UInt8>) { bytes.append(contentsOf: value) }
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
