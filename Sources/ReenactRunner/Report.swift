import ReenactTimeline
import ReenactWire

/// What the runner tells the host, one JSON object a line on its report descriptor, as it happens.
///
/// The runner reports; it does not judge. `time` is nanoseconds since the runner started.
public enum Report: Codable, Sendable {
    /// First line: the plan's nonce.
    case hello(nonce: String)
    /// A stage of the attempt is done: `plan` (read), `fixtures`, `network`, `stubs`, `program` (started), `ready`
    /// (listens), `trigger` (answered or ended), `observe` (nothing more is coming), `destroy`.
    case stage(name: String, time: Int64)
    /// The program met a stub.
    case encounter(Shelf.Encounter, time: Int64)
    /// The program dialled an address that was recorded as faulty and got the same: `refused`, `timeout`, `reset`,
    /// `closed`, `silence`; `tls:ALERT` where the program and the stub did not agree on TLS.
    case fault(server: String, fault: String, time: Int64)
    /// The program dialled something that was never recorded, or looked up a name that was not.
    case unknownPeer(server: String, time: Int64)
    /// An exception in the program, from the hooks; `phase` tells what the program was doing.
    case exception(ExceptionRecord, phase: Event.Phase)
    /// An SQL statement in the program's own process, from the hooks.
    case statement(Event)
    /// What the program did at the place where the recorded failure came.
    case place(HookMessage.PlaceState)
    /// The answer to a request that was fired. `status` is HTTP's, 0 where there was none.
    case answer(event: Int, status: Int, base64: String, time: Int64)
    /// The request that was fired got no whole answer: `timeout`, `reset`, `closed`.
    case noAnswer(event: Int, reason: String, time: Int64)
    /// The program wrote to standard output (1) or error (2).
    case output(stream: Int, base64: String)
    /// A hook inside the program presented itself: from this process exceptions and statements can be expected.
    case hooked(process: Int32, runtime: String, hooks: [String])
    /// Something was seen and could not be told in full: `output` bytes, hooks' `messages`, `exceptions`.
    case lost(what: String, count: Int)
    /// Something that the attempt can do without went wrong: one sentence.
    case trouble(stage: String, reason: String)
    /// The program's first process ended by itself: its status, or 128 and the signal. Not told of a program that the
    /// runner ended.
    case exit(status: Int32, time: Int64)
    /// The attempt could not be carried through: the stage, and why in one sentence.
    case failed(stage: String, reason: String)
    /// The program is ready for a round, or a round is over.
    case round(time: Int64)
    /// The program called another service of its group, which answered itself; told when the connection ends.
    case passed(Connection, service: Int)
    /// Last line: all is done, everything inside was stopped.
    case done(time: Int64)
}
