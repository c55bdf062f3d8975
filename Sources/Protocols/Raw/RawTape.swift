import ReenactTimeline
import ReenactWire

/// The turns of one recorded connection.
struct RawTape: Sendable {
    let connection: Int
    let turns: [Recorded]

    /// Of the turns in which the client speaks, the place of this one.
    func clientTurn(_ index: Int) -> Int { turns[..<index].count { !$0.requestBytes.isEmpty } }

    /// Whether this connection went like the other up to that turn, and then as the live bytes do so far.
    func agrees(with other: RawTape, before index: Int, live: ArraySlice<UInt8>) -> Bool {
        guard turns.count > index else { return false }
        for place in 0..<index where turns[place].requestBytes != other.turns[place].requestBytes { return false }
        return accepts(live, from: index)
    }

    /// Whether its answers before that turn were the same as the other's.
    func answersAgree(with other: RawTape, before index: Int) -> Bool {
        (0..<min(index, turns.count)).allSatisfy { turns[$0].answerBytes == other.turns[$0].answerBytes }
    }

    /// Whether the bytes are the beginning of what the client said from that turn on.
    func accepts(_ live: ArraySlice<UInt8>, from index: Int) -> Bool {
        var rest = live
        for turn in turns[index...] {
            let expected = turn.requestBytes
            if rest.count <= expected.count { return expected.starts(with: rest) }
            guard rest.starts(with: expected) else { return false }
            rest = rest.dropFirst(expected.count)
        }
        return rest.isEmpty
    }

    /// All recorded connections of a peer, the one to follow first: not followed yet, of this phase, and with
    /// a greeting where some greet.
    static func all(on shelf: Shelf) -> [RawTape] {
        var byConnection: [Int: [Recorded]] = [:]
        var order: [Int] = []
        for entry in shelf.recorded {
            if byConnection[entry.connection] == nil { order.append(entry.connection) }
            byConnection[entry.connection, default: []].append(entry)
        }
        let tapes = order.map { id in
            RawTape(
                connection: id,
                turns: (byConnection[id] ?? []).sorted { $0.exchange.ordinal < $1.exchange.ordinal })
        }
        let ranked = tapes.enumerated().map { place, tape in
            (
                rank: [
                    shelf.followed.contains(tape.connection) ? 1 : 0,
                    tape.turns.first.flatMap { shelf.preference.firstIndex(of: $0.phase) } ?? 9,
                    tape.turns.first?.requestBytes.isEmpty == true ? 0 : 1, place,
                ], tape: tape
            )
        }
        return ranked.sorted { $0.rank.lexicographicallyPrecedes($1.rank) }.map(\.tape)
    }
}
