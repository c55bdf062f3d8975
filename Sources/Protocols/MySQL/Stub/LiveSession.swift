/// What the stub keeps of the live connection's state: the part of it that the protocol shows in every answer.
struct LiveSession: Sendable {
    private(set) var inTransaction = false
    private(set) var autocommit = true

    init() {}

    /// As the recorded connection was when it opened.
    init(opening status: ServerStatus) { autocommit = status.contains(.autocommit) || status.isEmpty }

    /// Takes note of a statement that went well.
    ///
    /// - Parameter recorded: the state that the recorded answer showed; nil for an answer from the specification.
    mutating func did(_ effect: SessionEffect, words: [String], recorded: ServerStatus?) {
        switch effect {
        case .begins: inTransaction = true
        // `COMMIT AND CHAIN` begins anew.
        case .ends: inTransaction = words.contains("CHAIN") && !words.contains("NO")
        case .commits: inTransaction = false
        case .autocommit(let isOn):
            autocommit = isOn
            if isOn { inTransaction = false }
        default:
            guard let recorded else { return }
            // Without autocommit the first statement on a table begins a transaction; a procedure may do anything.
            if words.first == "CALL" {
                inTransaction = recorded.contains(.inTransaction)
            } else if !autocommit, recorded.contains(.inTransaction) {
                inTransaction = true
            }
        }
    }

    /// Takes note of a statement that failed: a deadlock rolls everything back.
    mutating func failed(code: UInt16) {
        if code == 1213 { inTransaction = false }
    }

    /// A recorded state with the live session's in place of the recorded one's.
    func patch(_ status: ServerStatus) -> ServerStatus {
        var status = status.subtracting([.inTransaction, .inReadOnlyTransaction, .autocommit])
        if inTransaction { status.insert(.inTransaction) }
        if autocommit { status.insert(.autocommit) }
        return status
    }

    /// The answer that the specification gives to what only concerns the session.
    var ok: OKPacket { OKPacket(status: patch([])) }
}
