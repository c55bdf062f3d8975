import ReenactWire

/// What the server of stubs tells, as it happens.
public enum StubNews: Sendable, Equatable {
    /// The program asked a peer something: a hit or a miss.
    case encounter(Shelf.Encounter)
    /// The program met a recorded fault and got the same: `refused`, `timeout`, `reset`, `closed`, `silence`,
    /// `tls:ALERT`.
    case fault(server: String, fault: String)
    /// The program dialled, or looked up, what was never recorded.
    case unknownPeer(server: String)
    /// A stub could not do its part: why, in one sentence.
    case trouble(String)
}
