import ReenactTimeline
import ReenactWire

/// The exchanges of one connection in order of their ordinals; the ring lets the oldest go.
struct ExchangeLog {
    /// In order of ordinals, which is the order of their places in the client's stream.
    private(set) var all: [Exchange] = []

    var count: Int { all.count }

    subscript(ordinal: Int) -> Exchange? {
        let index = index(of: ordinal)
        return index < all.count && all[index].ordinal == ordinal ? all[index] : nil
    }

    /// Adds an exchange, or tells more of a known one.
    mutating func set(_ exchange: Exchange) {
        guard let last = all.last, last.ordinal >= exchange.ordinal else {
            all.append(exchange)
            return
        }
        let index = index(of: exchange.ordinal)
        if all[index].ordinal == exchange.ordinal {
            all[index] = exchange
        } else {
            all.insert(exchange, at: index)
        }
    }

    /// The exchanges whose requests begin before that place in the client's stream.
    func begun(before offset: Int) -> ArraySlice<Exchange> {
        all[..<firstIndex { $0.request.offset >= offset }]
    }

    /// Lets exchanges go.
    ///
    /// - Returns: those, in order.
    mutating func remove(where isOver: (Exchange) -> Bool) -> [Exchange] {
        var gone: [Exchange] = []
        all.removeAll { exchange in
            guard isOver(exchange) else { return false }
            gone.append(exchange)
            return true
        }
        return gone
    }

    private func index(of ordinal: Int) -> Int {
        // The newest are asked for most.
        if let last = all.last, last.ordinal == ordinal { return all.count - 1 }
        return firstIndex { $0.ordinal >= ordinal }
    }

    /// The first for which that holds, as it does for all behind it.
    private func firstIndex(where holds: (Exchange) -> Bool) -> Int {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if holds(all[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
