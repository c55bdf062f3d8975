import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire

/// The second thread: turns observations into exchanges, notices failures, and has cases written. The program never
/// waits for it.
final class Analyst {
    /// A failure that was noticed; its case is assembled a little later, when what belongs to it has arrived.
    struct Failure {
        var kind: Signature.Kind
        var time: Instant
        var due: Instant
        /// The inbound request, where there is one.
        var request: Attributor.RequestID?
        /// The exception that was told, by process and number.
        var exception: (process: Int32, id: Int64)?
        /// The program reported it and went on.
        var isReported = false
        var outcome: OutcomeClass
        var line: String = ""
        /// The user's rule that fired, as it is written.
        var rule: String?
    }

    /// Told to the person who records.
    enum News: Sendable {
        case wrote(CaseReceipt)
        case lost(String)
        case writing(Int)
        case warning(String)
    }

    private let origin: Int64
    private let rule: FailureRule
    private let assembler: CaseAssembler
    private let sink: any CaseSink
    private let report: (News) -> Void
    private let journal: Journal
    private let neighbours: Neighbours?
    /// When the neighbours' directory was last looked at.
    private var looked: Instant = 0
    private var pending: [Failure] = []
    /// What was printed behind the last whole line, by stream.
    private var unfinished: [Int: (bytes: [UInt8], time: Instant)] = [:]
    /// Bytes read of each stream.
    private var outputBytes: [Int: Int] = [:]
    private static let lineMax = 4096
    /// How often neighbours are listened to when all is over.
    private static let lastLooks = 12
    private var failedRequests: Set<Attributor.RequestID> = []
    private var toldExceptions: Set<String> = []
    private var written: [String: Int] = [:]
    private var logPatterns: [(rule: String, regex: Regex<AnyRegexOutput>)] = []
    private let reading: ConnectionLog.Reading
    private var toldToEnd: Instant?
    private var exit: (status: Int32, signal: Int32?, weStopped: Bool, time: Instant)?
    /// What belongs to a failure may arrive after its answer: exceptions, attributions.
    private static let grace: Int64 = 300_000_000
    /// How long a case waits for the answer to a request of whose failure the program spoke already.
    private static let patience: Int64 = 5_000_000_000
    /// So many at most wait for that.
    private static let waitingMax = 64
    /// Cases assembled a second; beyond it failures are counted by their first case only.
    private var budget = (second: Int64(0), used: 0)

    init(
        origin: Int64, rule: FailureRule, journal: Journal, assembler: CaseAssembler, sink: any CaseSink,
        neighbours: Neighbours? = nil, report: @escaping (News) -> Void
    ) {
        self.origin = origin
        self.rule = rule
        self.journal = journal
        self.assembler = assembler
        self.sink = sink
        self.report = report
        self.neighbours = neighbours
        reading = rule.asksHeaders ? .detailed : rule.looksAtEachAnswer ? .eager : .onSuspicion
        logPatterns = rule.conditions.compactMap { condition in
            guard case .log(let pattern) = condition, let regex = try? Regex(pattern) else { return nil }
            return (condition.text, regex)
        }
    }

    /// Works until the queue is closed and empty.
    func run(_ queue: ObservationQueue) {
        while true {
            let now = MonotonicClock.now() - origin
            let next = pending.map(\.due).min()
            let wait = next.map { Int32(clamping: max(0, ($0 - now) / 1_000_000 + 1)) } ?? 1000
            let longest = neighbours == nil ? 1000 : Int32(Neighbours.period / 1_000_000)
            guard let batches = queue.pop(waitMilliseconds: min(wait, longest)) else { break }
            for batch in batches { for item in batch.items { take(item, batch.arena) } }
            askNeighbours(at: MonotonicClock.now() - origin)
            writeDue(at: MonotonicClock.now() - origin)
            journal.trim(now: MonotonicClock.now() - origin, isAwaited: !pending.isEmpty)
        }
        finish()
    }

    private func take(_ item: Observation, _ arena: [UInt8]) {
        switch item {
        case .opened(let connection, let inode):
            let isInbound = connection.direction == .inbound
            let log = ConnectionLog(connection, inode: inode, reading: isInbound ? reading : .onSuspicion)
            journal.logs[connection.id] = log
            if isInbound {
                log.noticed = { [unowned self, unowned log] in self.changed($0, on: log) }
                journal.acceptedByInode[inode, default: []].append(connection.id)
            } else if inode != 0 {
                journal.connectedByInode[inode, default: []].append(connection.id)
            }
        case .bytes(let id, let side, let time, let offset, let range):
            guard let log = journal.logs[id] else { return }
            if log.connection.direction == .inbound, side == .client { journal.sawRequest(at: time) }
            log.received(arena[range], side: side, offset: offset, time: time)
        case .closed(let id, let close):
            journal.logs[id]?.closed(close)
        case .ended(let id, let time): journal.logs[id]?.ended = time
        case .tls(let id, let tls): journal.logs[id]?.set(tls: tls)
        case .hole(let connection, let what):
            if journal.holes.count < 1000 {
                journal.holes.append(.init(kind: .unobserved, what: what, connection: connection))
            }
        case .hook(let time, let range):
            if let message = HookMessage(parsing: arena[range]) { hook(message, at: time) }
        case .output(let stream, let time, let range): output(arena[range], stream: stream, time: time)
        case .printed(let stream, let count, let time): journal.wasPrinted(stream: stream, count: count, by: time)
        case .input(let isFile, let isWhole, let length, let time, let range):
            if journal.input == nil { journal.input = StandardInput(isFile: isFile, time: time) }
            journal.input?.add(arena[range], length: length)
            if isWhole { journal.input?.isWhole = true }
        case .process(let facts): journal.processes[facts.pid] = facts
        case .toldToEnd(let time): toldToEnd = toldToEnd ?? time
        case .exited(let status, let signal, let weStopped, let time):
            exit = (status, signal, weStopped, time)
        }
    }

    private func changed(_ changes: [ExchangeChange], on log: ConnectionLog) {
        for case .ended(let exchange) in changes {
            guard let fired = rule.fires(on: exchange), !journal.internalConnections.contains(log.connection.id) else {
                continue
            }
            let id = Attributor.RequestID(connection: log.connection.id, ordinal: exchange.ordinal)
            // Without an answer the failure is the hanging up: what led to it came before that, not before the request.
            let time = exchange.responseEnd ?? log.connection.closes.last?.time ?? exchange.requestEnd
            failed(
                .init(
                    kind: fired.kind, time: time, due: time + Analyst.grace, request: id, outcome: exchange.outcome,
                    rule: fired.rule))
        }
    }

    private func hook(_ message: HookMessage, at time: Instant) {
        switch message.body {
        case .hello(let hello): journal.hellos[message.process] = hello
        case .packages(let packages): journal.packages[message.process] = packages
        case .exception(let exception):
            journal.exceptions.take(message)
            if exception.handling == .unhandled || exception.handling == .reported {
                exceptionTold(exception, message, at: message.time.map { $0 - origin } ?? time)
            }
        case .send(let send):
            guard let context = message.context,
                let log = journal.log(inode: send.inode, accepted: false, at: time)
            else { return }
            let target = send.layer == "tls" ? tunnel(of: log) ?? log : log
            target.sends.append(
                .init(offset: send.offset, length: send.length, context: context, time: time))
            if target.sends.count > 50_000 { target.sends.removeFirst(25_000) }
        case .statement(let statement): journal.statements.append((message, statement))
        case .openDatabase, .change: break
        case .lookup(let name, let addresses): journal.lookups[name] = addresses
        case .file(let path): if journal.files.count < 500 { journal.files.insert(path) }
        case .trust, .place: break
        case .overflow(let dropped): journal.droppedMessages += dropped
        }
    }

    /// Who caused what, as far as all that has come so far tells.
    private func attributor() -> Attributor {
        journal.readRequests()
        return Attributor(journal)
    }

    /// The stream inside a tunnel whose outer connection this is.
    private func tunnel(of log: ConnectionLog) -> ConnectionLog? {
        journal.logs.values.first { $0.connection.parent == log.connection.id }
    }

    private func exceptionTold(_ exception: HookException, _ message: HookMessage, at time: Instant) {
        guard rule.hasBuiltIn, toldExceptions.insert("\(message.process) \(exception.id)").inserted else { return }
        if toldExceptions.count > 10_000 { toldExceptions.removeAll() }
        let isServer = journal.firstRequest != nil
        var request: Attributor.RequestID?
        if isServer { request = attributor().attribute(context: message.context, at: time).cause }
        // A command's case waits for its end, which is part of it; a request's for its answer.
        let due = isServer ? time + 2 * Analyst.grace : time + 3_000_000_000
        failed(
            .init(
                kind: .exception, time: time, due: due, request: request,
                exception: (message.process, exception.id), isReported: exception.handling == .reported,
                outcome: .none))
    }

    /// Many programs write a line in pieces (Go's panics do): it counts when it is whole, or too long.
    private func output(_ bytes: ArraySlice<UInt8>, stream: Int, time: Instant) {
        let whole = (unfinished.removeValue(forKey: stream)?.bytes ?? []) + bytes
        outputBytes[stream, default: 0] += bytes.count
        let end = whole.lastIndex(of: 10).map { $0 + 1 } ?? (whole.count >= Self.lineMax ? whole.count : 0)
        if end < whole.count { unfinished[stream] = (Array(whole[end...]), time) }
        lines(whole[..<end], stream: stream, time: time, start: outputBytes[stream, default: 0] - whole.count)
    }

    /// - Parameter start: bytes of the stream before these.
    private func lines(_ bytes: ArraySlice<UInt8>, stream: Int, time: Instant, start: Int) {
        for part in bytes.split(separator: 10, omittingEmptySubsequences: true) {
            let text = String(decoding: part.prefix(4096), as: UTF8.self)
            let end = start + part.endIndex - bytes.startIndex
            journal.took(.init(time: time, stream: stream, text: text, end: end))
            guard let fired = logPatterns.first(where: { text.contains($0.regex) }) else { continue }
            // The request may not have been read yet: where nothing is certain now, it is looked for once more later.
            failed(
                .init(
                    kind: .rule, time: time, due: time + Analyst.grace, request: attributor().byWindow(time).cause,
                    outcome: .none, line: text, rule: fired.rule))
        }
    }

    /// Notes a failure; one request has one case, whatever went wrong in it.
    private func failed(_ failure: Failure) {
        if let request = failure.request {
            if let index = pending.firstIndex(where: { $0.request == request }) {
                // The answer says more than the exception alone: it names the outcome.
                if failure.kind == .status {
                    pending[index].kind = .status
                    pending[index].outcome = failure.outcome
                    pending[index].due = max(pending[index].due, failure.due)
                } else if failure.exception != nil,
                    pending[index].exception == nil || pending[index].kind == .exception
                {
                    // Programs report on their way what they can deal with: the last before the answer is why it failed.
                    pending[index].exception = failure.exception
                }
                return
            }
            guard failedRequests.insert(request).inserted else { return }
            if failedRequests.count > 10_000 { failedRequests.removeAll() }
        } else if let index = pending.lastIndex(where: { $0.request == nil && $0.kind == .exception }),
            failure.kind == .exception, journal.firstRequest == nil, !isApart(failure, from: pending[index])
        {
            // A command that fails tells several exceptions on its way down: the last is nearest to the end.
            pending[index].exception = failure.exception
            pending[index].time = failure.time
            pending[index].isReported = failure.isReported
            return
        }
        if pending.count < 256 { pending.append(failure) }
    }

    /// A worker that reports an exception and goes on fails anew with the next one.
    private func isApart(_ failure: Failure, from earlier: Failure) -> Bool {
        guard earlier.isReported else { return false }
        let isBrokenOff = toldToEnd.map { $0 > earlier.time && $0 <= failure.time } ?? false
        return isBrokenOff || failure.time - earlier.time > Self.grace
    }

    private func writeDue(at now: Instant) {
        var attributor: Attributor?
        while let index = pending.firstIndex(where: { $0.due <= now }) {
            // Under a storm nobody waits: what waits is looked at again and again.
            if pending.count <= Self.waitingMax, isUnderWay(pending[index], at: now, &attributor) {
                pending[index].due = now + Self.grace
            } else {
                write(pending.remove(at: index))
            }
        }
    }

    /// Whether the program still works at the request of whose failure it spoke: its answer is part of the case, if it
    /// comes soon.
    private func isUnderWay(_ failure: Failure, at now: Instant, _ made: inout Attributor?) -> Bool {
        guard failure.kind == .rule || failure.kind == .exception, exit == nil, now - failure.time < Self.patience,
            journal.firstRequest != nil
        else { return false }
        let attributor = made ?? attributor()
        made = attributor
        guard let request = failure.request ?? attributor.ofLine(at: failure.time, slack: Self.grace).cause,
            let log = journal.logs[request.connection], log.connection.closes.isEmpty
        else { return false }
        return attributor.windows.first { $0.id == request }?.end == .max
    }

    /// The program has ended, or the recording has: what is left is written, and the exit judged.
    private func finish() {
        for (stream, rest) in unfinished.sorted(by: { $0.key < $1.key }) {
            lines(
                rest.bytes[...], stream: stream, time: rest.time,
                start: outputBytes[stream, default: 0] - rest.bytes.count)
        }
        if let exit, rule.hasBuiltIn, !exit.weStopped, exit.status != 0 || exit.signal != nil {
            let outcome: OutcomeClass =
                exit.signal.map { .init(rawValue: "signal:\(SignalName.of($0))") }
                ?? .init(rawValue: "exit:\(exit.status)")
            if let index = pending.lastIndex(where: { $0.request == nil && $0.kind != .rule }) {
                pending[index].outcome = outcome
            } else if failedRequests.isEmpty || journal.firstRequest == nil {
                pending.append(
                    .init(
                        kind: exit.signal == nil ? .exit : .signal, time: exit.time, due: exit.time,
                        outcome: outcome))
            }
        }
        if !pending.isEmpty { report(.writing(pending.count)) }
        pending.forEach(write)
        pending = []
        guard neighbours != nil else { return }
        // Neighbours that end with us still tell their last, and so do theirs.
        for _ in 0..<Self.lastLooks {
            usleep(UInt32(Neighbours.period / 1000))
            looked = 0
            askNeighbours(at: .max)
            pending.forEach(write)
            pending = []
        }
    }

    /// What a neighbour's failing work asked of us is a case of ours too.
    private func askNeighbours(at now: Instant) {
        guard let neighbours, now - looked >= Neighbours.period else { return }
        looked = now
        let letters = neighbours.news()
        guard !letters.isEmpty else { return }
        journal.readRequests()
        let inbound = journal.logs.values.filter { $0.connection.direction == .inbound }.flatMap { log in
            log.exchanges.all.map { exchange in
                // Exchanges are read in outline here, which leaves the words out.
                let head = log.connection.bytes(
                    .init(offset: exchange.request.offset, length: min(exchange.request.length, Self.lineMax)),
                    from: .client)
                var exchange = exchange
                exchange.summary = Neighbours.question(
                    String(decoding: head.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self))
                return (id: Attributor.RequestID(connection: log.connection.id, ordinal: exchange.ordinal), exchange)
            }
        }
        for letter in letters {
            for call in letter.calls {
                guard let id = neighbours.answers(to: call, among: inbound),
                    let exchange = inbound.first(where: { $0.0 == id })?.1
                else { continue }
                let time = exchange.responseEnd ?? exchange.requestEnd
                failed(
                    .init(
                        kind: .rule, time: time, due: time + Analyst.grace, request: id, outcome: exchange.outcome,
                        line: "called for \(letter.failure)", rule: Signature.neighbourRule))
            }
        }
    }

    private func write(_ told: Failure) {
        var failure = told
        // What was under way when the program was told to end is broken off: it says so, and has not failed.
        if failure.isReported, failure.request == nil, let toldToEnd, failure.time >= toldToEnd { return }
        let second = failure.due / 1_000_000_000
        if budget.second != second { budget = (second, 0) }
        budget.used += 1
        guard budget.used <= 20 else { return }
        if failure.kind == .rule, failure.request == nil {
            failure.request = attributor().ofLine(at: failure.time, slack: Analyst.grace).cause
            if let request = failure.request, !failedRequests.insert(request).inserted { return }
        }
        // A server that was told to stop has not failed by that.
        let exitStatus = exit.flatMap { $0.weStopped ? nil : $0.signal.map { 128 + $0 } ?? $0.status }
        journal.readRequests()
        let made = assembler.assemble(failure, from: journal, exitStatus: exitStatus)
        do {
            let receipt = try sink.write(made)
            report(.wrote(receipt))
            guard receipt.isNew, let neighbours else { return }
            do { try neighbours.post(made) } catch { report(.warning("the neighbours were not told: \(error)")) }
        } catch {
            report(.lost("\(error)"))
        }
    }
}
