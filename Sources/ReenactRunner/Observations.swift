import ReenactTimeline
import ReenactWire

/// What the hooks told, in the words of the timeline. Instant zero is the runner's start.
struct Observations {
    /// Statements that are told; more are counted.
    static let statementsMax = 100_000

    private let origin: Int64
    private var phases: [(start: Int64, phase: Event.Phase)] = []
    private var exceptions = HookExceptions()
    private var statements = 0
    private(set) var lostStatements = 0
    private(set) var lostMessages = 0
    /// An exception that ended something, or was reported, has come while the failing code ran.
    private(set) var hasDecisiveException = false
    /// Such exceptions by type: process and number.
    private var decisive: [String: Set<String>] = [:]
    /// How often the program came through the place of the failure, and whether it did so last.
    private(set) var passes = 0
    private(set) var hasPassed = false
    /// A hook has presented itself.
    private(set) var isHooked = false

    init(origin: Int64) { self.origin = origin }

    var lostExceptions: Int { exceptions.forgotten }

    /// The program has come to that phase, at that time of the monotonic clock.
    mutating func enter(_ phase: Event.Phase, at time: Int64) { phases.append((time, phase)) }

    /// Takes a message; gives what is to be told at once.
    mutating func take(_ message: HookMessage) -> Report? {
        switch message.body {
        case .hello(let hello):
            isHooked = true
            return .hooked(process: message.process, runtime: hello.runtime, hooks: hello.hooks)
        case .exception(let exception):
            exceptions.take(message)
            let isDecisive = exception.handling == .reported || exception.handling == .unhandled
            if isDecisive, phase(at: message.time) == .failing {
                hasDecisiveException = true
                // A capture is told again when more is known of it.
                decisive[exception.type, default: []].insert("\(message.process) \(exception.id)")
            }
            return nil
        case .statement(let statement):
            statements += 1
            guard statements <= Self.statementsMax else {
                lostStatements += 1
                return nil
            }
            return .statement(
                statement.event(in: message, id: statements, phase: phase(at: statement.start), origin: origin))
        case .place(let state):
            guard phase(at: message.time) == .failing else { return nil }
            if state != .raised { passes += 1 }
            hasPassed = state != .raised
            return .place(state)
        case .overflow(let dropped):
            lostMessages += dropped
            return nil
        default: return nil
        }
    }

    /// What was told is done with: a round begins.
    mutating func forget() {
        exceptions = HookExceptions()
        hasDecisiveException = false
        decisive = [:]
        passes = 0
        hasPassed = false
    }

    /// Whether the exception that was the recorded failure has come, or any, where that is not known.
    func has(_ wanted: Plan.TriggerPlan.LastWord?) -> Bool {
        guard let wanted else { return hasDecisiveException }
        return decisive[wanted.type]?.count ?? 0 >= wanted.count
    }

    /// Every exception's last state, in the order in which they began.
    var reports: [Report] {
        exceptions.messages.map { message, exception, began in
            .exception(exception.record(in: message, origin: origin), phase: phase(at: began))
        }
    }

    private func phase(at time: Int64?) -> Event.Phase {
        guard let time else { return phases.last?.phase ?? .startup }
        return phases.last { $0.start <= time }?.phase ?? phases.first?.phase ?? .startup
    }
}
