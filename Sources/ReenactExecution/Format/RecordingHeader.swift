import CTrace

/// What a recording says of itself: JSON in its first chunk.
public struct RecordingHeader: Codable, Sendable, Equatable {
    public var command: [String]
    public var workingDirectory: String
    public var kernel: String
    /// Raw CPUID leaves, to compare a replaying machine's features with.
    public var processor: Processor
    /// The one CPU that everything ran on.
    public var cpu: Int
    /// When it began, in nanoseconds since 1970; nil in recordings of before this was kept.
    public var started: Int64?
    /// The machine's name; nil in recordings of before this was kept.
    public var host: String?

    /// CPU features that programs look at.
    public struct Processor: Codable, Sendable, Equatable {
        public var name: String
        /// Feature words by their place: "1.ecx", "7.ebx" and so on.
        public var features: [String: UInt32]
        /// Bytes of the vector state.
        public var stateSize: UInt32

        /// This machine's.
        static func here() -> Processor {
            func leaf(_ number: UInt32, _ sub: UInt32 = 0) -> [UInt32] {
                var out: [UInt32] = [0, 0, 0, 0]
                ct_cpuid(number, sub, &out)
                return out
            }
            var name: [UInt8] = []
            for number in 0x8000_0002...0x8000_0004 {
                for word in leaf(UInt32(number)) { withUnsafeBytes(of: word) { name.append(contentsOf: $0) } }
            }
            let (one, seven, extended) = (leaf(1), leaf(7), leaf(0x8000_0001))
            let text = name.prefix { $0 != 0 }.drop { $0 == 32 }
            let end = text.lastIndex { $0 != 32 }.map { $0 + 1 } ?? text.startIndex
            return Processor(
                name: String(decoding: text[..<end], as: UTF8.self),
                features: [
                    // Without OSXSAVE, which only says what the kernel does.
                    "1.ecx": one[2], "1.edx": one[3], "7.ebx": seven[1], "7.ecx": seven[2],
                    "7.edx": seven[3], "80000001.ecx": extended[2], "80000001.edx": extended[3],
                ], stateSize: leaf(13)[1])
        }

        /// Features the recording's machine had and this one has not, or the other way round: a program that asks
        /// takes another path.
        func differences(from other: Processor) -> [String] {
            var result = features.keys.sorted().compactMap { key -> String? in
                let (here, there) = (features[key] ?? 0, other.features[key] ?? 0)
                return here == there
                    ? nil : "CPUID \(key): \(hexadecimal(UInt64(here))) and \(hexadecimal(UInt64(there)))"
            }
            if stateSize != other.stateSize {
                result.append("vector state of \(stateSize) and \(other.stateSize) bytes")
            }
            return result
        }
    }
}

/// What the last chunk says.
public struct RecordingSummary: Codable, Sendable, Equatable {
    public var events: Int
    public var tasks: Int
    /// Exit status of the first process, 128 and the signal where one ended it.
    public var status: Int32
    public var nanoseconds: UInt64
    public var calls: Int
    public var preemptions: Int
    public var signals: Int
    /// What could not be recorded as it is, with the remedy.
    public var notes: [String]
    /// Calls that came out of the buffer; nil in recordings of before there was one.
    public var buffered: Int?
}

/// A file that was mapped into memory.
struct RecordedFile: Codable, Sendable, Equatable {
    var id: Int
    var path: String
    var size: UInt64
    var hash: UInt64
    /// The contents stand in the recording; otherwise the file itself is needed, unchanged.
    var isEmbedded: Bool
}

func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
