/// Timers in the order in which they are due.
struct TimerQueue {
    private var bodies: [EventLoop.TimerID: () -> Void] = [:]
    /// A binary heap; cancelled timers stay in it until their turn.
    private var heap: [EventLoop.TimerID] = []
    private var number = 0

    var nextDue: Int64? { heap.first?.due }

    mutating func add(due: Int64, _ body: @escaping () -> Void) -> EventLoop.TimerID {
        number += 1
        let id = EventLoop.TimerID(due: due, number: number)
        bodies[id] = body
        heap.append(id)
        var child = heap.count - 1
        while child > 0, isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
        return id
    }

    mutating func remove(_ id: EventLoop.TimerID) {
        bodies[id] = nil
        while let first = heap.first, bodies[first] == nil { removeFirst() }
    }

    mutating func removeDue(at now: Int64) -> (() -> Void)? {
        while let first = heap.first, first.due <= now {
            removeFirst()
            if let body = bodies.removeValue(forKey: first) { return body }
        }
        return nil
    }

    private func isBefore(_ a: EventLoop.TimerID, _ b: EventLoop.TimerID) -> Bool {
        a.due != b.due ? a.due < b.due : a.number < b.number
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && isBefore(heap[child], heap[least]) { least = child }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
