import ReenactWire

/// A recorded answer cut into messages, each with the delay after which its last byte came.
struct RecordedAnswer {
    struct Piece {
        var type: UInt8
        var bytes: ArraySlice<UInt8>
        var delay: Int64
        var body: ArraySlice<UInt8> { bytes.dropFirst(5) }
    }

    var messages: [Piece] = []
    /// The beginning of a message whose rest never came.
    var rest: Piece?

    init(_ pieces: [Recorded.Piece]) {
        let bytes = pieces.flatMap(\.bytes)
        var ends: [(end: Int, delay: Int64)] = []
        var total = 0
        for piece in pieces {
            total += piece.bytes.count
            ends.append((total, piece.delay))
        }
        var segment = 0
        func delay(upTo end: Int) -> Int64 {
            while segment < ends.count - 1, ends[segment].end < end { segment += 1 }
            return ends.isEmpty ? 0 : ends[segment].delay
        }
        var position = 0
        while bytes.count - position >= 5 {
            var reader = ByteReader(bytes[(position + 1)...])
            let length = Int(reader.int32() ?? 0)
            guard length >= 4, bytes.count - position > length else { break }
            let end = position + 1 + length
            messages.append(Piece(type: bytes[position], bytes: bytes[position..<end], delay: delay(upTo: end)))
            position = end
        }
        if position < bytes.count {
            rest = Piece(type: 0, bytes: bytes[position...], delay: delay(upTo: bytes.count))
        }
    }

    /// An opening's answer: in front of its messages stand the bytes that answered SSLRequest and GSSENCRequest.
    init(opening pieces: [Recorded.Piece]) {
        var pieces = pieces
        let bytes = pieces.flatMap(\.bytes)
        var answered = 0
        // A message's length begins with a zero byte, so a byte that is not followed by one is no message.
        while answered + 1 < bytes.count, "NSG".utf8.contains(bytes[answered]), bytes[answered + 1] != 0 {
            answered += 1
        }
        if answered + 1 == bytes.count { answered += 1 }
        for index in pieces.indices {
            let count = min(answered, pieces[index].bytes.count)
            pieces[index].bytes.removeFirst(count)
            answered -= count
        }
        self.init(pieces)
    }

    var error: ServerReport? {
        messages.first { $0.type == Backend.error }.map { ServerReport($0.body) }
    }

    /// Whether the last of it answers a whole statement.
    var isWhole: Bool {
        messages.contains {
            switch $0.type {
            case Backend.commandComplete, Backend.emptyQuery, Backend.portalSuspended, Backend.error: true
            default: false
            }
        }
    }
}
