import ReenactTimeline

/// What the taps tell the analyst, in the order in which it happened.
///
/// Nearly all are `bytes`: what is larger stands elsewhere, or each of them would take its room.
enum Observation {
    /// A connection was opened, or failed to. `inode` names the program's own socket in the hooks' messages.
    indirect case opened(Connection, inode: UInt64)
    /// Bytes passed; they stand in the batch's arena.
    case bytes(connection: Int, side: Side, time: Instant, offset: Int, range: Range<Int>)
    /// One direction ended.
    case closed(connection: Int, Connection.Close)
    /// Nothing more will come of this connection.
    case ended(connection: Int, time: Instant)
    indirect case tls(connection: Int, Connection.TLS)
    /// Something about a connection could not be seen; becomes a hole where it matters.
    case hole(connection: Int?, String)
    /// A message of the hooks.
    case hook(time: Instant, range: Range<Int>)
    /// The program wrote to standard output (1) or error (2).
    case output(stream: Int, time: Instant, range: Range<Int>)
    /// So many bytes of a stream were written before that time, whenever they were read.
    case printed(stream: Int, count: Int, time: Instant)
    /// The program was given bytes on its standard input; `isWhole` once its end was seen. Of more than `range` holds,
    /// only the length is told.
    case input(isFile: Bool, isWhole: Bool, length: Int, time: Instant, range: Range<Int>)
    /// A process of the program was seen for the first time.
    indirect case process(ProcessFacts)
    /// The program was told to end, by a signal that the recorder passed on.
    case toldToEnd(time: Instant)
    /// The program's first process ended.
    case exited(status: Int32, bySignal: Int32?, weStopped: Bool, time: Instant)
}

/// Observations with the bytes that they speak of, handed over at once.
struct ObservationBatch {
    var items: [Observation] = []
    var arena: [UInt8] = []

    mutating func store(_ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        let start = arena.count
        arena.append(contentsOf: bytes)
        return start..<arena.count
    }
}
