/// What a recording says of processes and signals, from the file alone: also where it can't be replayed.
public struct ExecutionOutline: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        /// A program began in a process: the first one, or by exec. Arguments as the program found them.
        case program(path: String, arguments: [String])
        /// A process is born, as a copy of a task's.
        case born(parent: Int)
        case signal(name: String, isFatal: Bool, place: ExecutionPlace)
        /// A process is gone, or the whole of it with its last thread.
        case ended(status: Int32)
        case killed(signal: String)
    }

    public struct Item: Sendable, Equatable {
        /// Number of the recording's event: `monitor seek`, `--from`.
        public var event: Int
        /// Nanoseconds since the recording's start.
        public var time: UInt64
        public var task: Int
        /// The id that the program saw; 0 for the first task.
        public var id: Int32
        public var body: Body
    }

    /// In order of time.
    public private(set) var items: [Item] = []
    /// Processes, and threads beside the first of each.
    public private(set) var processes = 0
    public private(set) var threads = 0
    /// Of all events that can be read.
    public private(set) var calls = 0
    /// When the last event took place.
    public private(set) var end: UInt64 = 0
    /// What is wrong with the events, where something is: what stands before that counts.
    public private(set) var defect: String?

    /// Handled faults whose functions are looked up: some runtimes live on them.
    private static let handledMax = 20
    private var handled = 0

    private struct Task {
        var id: Int32
        var isThread: Bool
        var places: ExecutionPlaces
        /// The call it is in.
        var entry: Registers?
    }

    public init(_ reader: RecordingReader) {
        var tasks: [Int: Task] = [:]
        var index = 0
        do {
            while let event = try reader.event(index) {
                add(event, index, &tasks, reader)
                index += 1
            }
        } catch {
            defect = "\(error)"
        }
    }

    private mutating func add(_ event: Event, _ index: Int, _ tasks: inout [Int: Task], _ reader: RecordingReader) {
        end = event.time
        func item(_ body: Body) -> Item {
            Item(event: index, time: event.time, task: event.task, id: tasks[event.task]?.id ?? 0, body: body)
        }
        switch event.body {
        case .call(let entry, let result, let effects):
            calls += 1
            returned(event, index, entry, result, effects, &tasks, reader)
        case .enter(let entry): tasks[event.task]?.entry = entry
        case .leave(let result, let effects):
            calls += 1
            guard let entry = tasks[event.task]?.entry else { return }
            tasks[event.task]?.entry = nil
            returned(event, index, entry, result, effects, &tasks, reader)
        case .birth(let birth):
            guard let parent = tasks[event.task] else { return }
            if birth.isThread { threads += 1 } else { processes += 1 }
            tasks[birth.child] = Task(
                id: birth.tid, isThread: birth.isThread,
                places: birth.sharesMemory ? parent.places : parent.places.copy())
            guard !birth.isThread else { return }
            items.append(
                Item(
                    event: index, time: event.time, task: birth.child, id: birth.tid, body: .born(parent: event.task)))
        case .signal(let delivery):
            let isFatal = delivery.outcome == .fatal
            // Handled and ignored ones that are no faults are the program's daily life.
            guard isFatal || delivery.isFault, let task = tasks[event.task] else { return }
            handled += isFatal ? 0 : 1
            guard isFatal || handled <= Self.handledMax else { return }
            items.append(
                item(
                    .signal(
                        name: SignalCodes.name(delivery.number), isFatal: isFatal,
                        place: task.places.place(of: delivery.at.raw.rip, reader))))
        case .end(let end):
            guard let task = tasks[event.task], !task.isThread else { return }
            let status = WaitStatus(raw: end.status)
            items.append(
                item(
                    status.exitCode.map { .ended(status: $0) }
                        ?? .killed(signal: SignalCodes.name(status.fatalSignal ?? 0))))
        case .preempt, .counter, .draw, .check: break
        }
    }

    private mutating func returned(
        _ event: Event, _ index: Int, _ entry: Registers, _ result: Int64, _ effects: Effects,
        _ tasks: inout [Int: Task], _ reader: RecordingReader
    ) {
        if let image = effects.image {
            if tasks[event.task] == nil {
                processes += 1
                tasks[event.task] = Task(id: 0, isThread: false, places: ExecutionPlaces())
            }
            tasks[event.task]?.places = ExecutionPlaces(image)
            items.append(
                Item(
                    event: index, time: event.time, task: event.task, id: tasks[event.task]?.id ?? 0,
                    body: .program(path: image.path, arguments: image.arguments)))
        } else if entry.call == 9, let mapping = effects.mapping, result > 0 || result < -4095 {
            tasks[event.task]?.places.add(
                at: UInt64(bitPattern: result), length: entry.argument(1), file: mapping.file, offset: mapping.offset)
        }
    }
}

extension ProgramImage {
    /// argv, as it stands behind the stack pointer.
    var arguments: [String] {
        func bytes(_ address: UInt64) -> ArraySlice<UInt8>? {
            guard
                let write = writes.first(where: { $0.address <= address && address - $0.address < $0.bytes.count })
            else { return nil }
            return write.bytes[Int(address - write.address)...]
        }
        func word(_ address: UInt64) -> UInt64? {
            guard let found = bytes(address), found.count >= 8 else { return nil }
            return found.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let stack = registers.raw.rsp
        guard let count = word(stack), count < 1 << 16 else { return [] }
        return (0..<count).compactMap { index in
            word(stack &+ 8 &+ index * 8).flatMap(bytes).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
    }
}
