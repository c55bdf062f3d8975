/// Events, each decoded when it is asked for: a replay needs each once, and holding all of a chunk costs more than
/// decoding them.
final class EventStream {
    /// So many of the latest can be asked for again.
    private static let kept = 64

    private var decoder: EventDecoder?
    /// Numbers of the next event, and of that which follows the chunk.
    private var next = 0
    private var end = 0
    private var latest: [(number: Int, event: Event)?] = Array(repeating: nil, count: kept)

    /// The event of this number, where it stands ahead in this chunk, or shortly behind; otherwise nil.
    func event(_ index: Int) throws -> Event? {
        if index < next {
            guard let found = latest[index % EventStream.kept], found.number == index else { return nil }
            return found.event
        }
        guard index < end else { return nil }
        while true {
            guard let event = try decoder?.next() else {
                throw ByteReader.wrong("a chunk has another number of events")
            }
            latest[next % EventStream.kept] = (next, event)
            next += 1
            if next == end, decoder?.reader.isAtEnd != true {
                throw ByteReader.wrong("a chunk has another number of events")
            }
            if next > index { return event }
        }
    }

    /// Goes on with a chunk; false where it was left already: whoever asks goes back and forth.
    func begin(_ decoder: EventDecoder, at first: Int, count: Int) -> Bool {
        guard first >= end else { return false }
        self.decoder = decoder
        (next, end) = (first, first + count)
        return true
    }
}
