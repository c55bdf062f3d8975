import ReenactTimeline
import ReenactWire

/// The real Redis behind a shelf: seeded from the recording, kept in step with the live program, asked at a miss.
///
/// What the recording answered is only noted down; it is carried out when something is asked anew. A run that asks
/// nothing anew never speaks to the server.
final class RedisShadow {
    /// A command, or those of a transaction, in one database.
    private struct Step {
        var commands: [RedisCommand]
        var isTransaction: Bool
        var database: Int
        /// Where the recording has it; nil: nowhere.
        var phase: Event.Phase?
    }

    private struct Key: Hashable {
        var database: Int
        var name: [UInt8]
    }

    /// One connection for each version of the protocol: the version is all that a connection's answers depend on.
    private struct Link {
        var link: any EngineLink
        var database = 0
    }

    private static let seedMilliseconds = 10_000
    /// Commands that are noted down; a longer conversation is applied as it comes.
    private static let journalMax = 10_000

    private unowned let shelf: Shelf
    private var journal: [Step] = []
    private var links: [Int: Link] = [:]
    private var isSeeded = false
    private var hasHistory = false
    /// Why there is no server; told once.
    private var absence: String?
    private var failures = 0
    /// Keys that only the real server has seen change: what was recorded of them is out of date.
    private var changedAnew: Set<Key> = []
    /// Keys that the live program has changed in any way.
    private var changed: Set<Key> = []

    init(_ shelf: Shelf) { self.shelf = shelf }

    /// Whether there may be a server.
    var isThere: Bool { shelf.engine != nil && absence == nil }

    // MARK: - What the recording answered

    /// Notes what the recording answered; what changes nothing is passed over.
    ///
    /// - Parameter phase: of the recorded event.
    func note(_ commands: [RedisCommand], isTransaction: Bool = false, database: Int, phase: Event.Phase?) {
        guard isThere else { return }
        let written = commands.filter(\.isWrite)
        guard !written.isEmpty else { return }
        for command in written { changed.formUnion(Self.keys(command, database)) }
        journal.append(Step(commands: written, isTransaction: isTransaction, database: database, phase: phase))
        if journal.count >= Self.journalMax, connected(2) { catchUp() }
    }

    /// Whether the recorded answer can no longer be right: it concerns keys that have changed since.
    ///
    /// - Parameter isFresh: the answer was not given before; then only changes that the recording never saw count.
    func outdates(_ commands: [RedisCommand], database: Int, isFresh: Bool) -> Bool {
        guard isThere else { return false }
        let known = isFresh ? changedAnew : changed
        guard !known.isEmpty else { return false }
        return commands.contains { $0.touchesEverything || !Self.keys($0, database).isDisjoint(with: known) }
    }

    /// Whether the answer that the recording would give comes from before the failing trigger, and its keys were written
    /// later on: the real server, which has lived through that, knows better.
    func isSuperseded(_ entry: Recorded?, _ commands: [RedisCommand], database: Int) -> Bool {
        guard isThere, shelf.phase == .failing, let entry, entry.phase == .history || entry.phase == .startup else {
            return false
        }
        let keys = commands.reduce(into: Set<Key>()) { $0.formUnion(Self.keys($1, database)) }
        return keys.contains { recordedWrites[$0].map { $0 > entry.event } ?? false }
    }

    /// Of each key the event of its last write before the failing trigger.
    private lazy var recordedWrites: [Key: Int] = {
        var tape = RedisTape()
        var writes: [Key: Int] = [:]
        for entry in shelf.recorded {
            for spoken in tape.take(entry)
            where entry.phase == .history && spoken.command.isWrite && !spoken.isRefused {
                for key in Self.keys(spoken.command, spoken.database) {
                    writes[key] = max(writes[key] ?? 0, entry.event)
                }
            }
        }
        return writes
    }()

    private static func keys(_ command: RedisCommand, _ database: Int) -> Set<Key> {
        Set(command.keys.map { Key(database: database, name: Array($0)) })
    }

    // MARK: - Asking

    /// The real server's answer, in bytes; nil where there is none.
    func ask(_ command: RedisCommand, database: Int, version: Int) -> [UInt8]? {
        guard command.isWhole, ready(version) else { return nil }
        learn([command], database)
        guard command.isBlocking else { return exchange([command], database, version)?.last }
        // In a transaction nothing blocks: a queue is empty, or it is not.
        guard let answer = transaction([command], database, version) else { return nil }
        var decoder = RESPDecoder(answer)
        guard let value = decoder.next(), case .array(let elements) = value, let only = elements.first else {
            return answer
        }
        return RESPEncoder.encode(only, version: version)
    }

    /// The real server's answer to EXEC behind these commands.
    func askTransaction(_ commands: [RedisCommand], database: Int, version: Int) -> [UInt8]? {
        guard commands.allSatisfy(\.isWhole), ready(version) else { return nil }
        learn(commands, database)
        return transaction(commands, database, version)
    }

    private func learn(_ commands: [RedisCommand], _ database: Int) {
        for command in commands where command.isWrite {
            changedAnew.formUnion(Self.keys(command, database))
            changed.formUnion(Self.keys(command, database))
        }
    }

    private func transaction(_ commands: [RedisCommand], _ database: Int, _ version: Int) -> [UInt8]? {
        exchange([.named("MULTI")] + commands + [.named("EXEC")], database, version)?.last
    }

    // MARK: - The server

    private func ready(_ version: Int) -> Bool {
        guard connected(2), version == 2 || connected(version) else { return false }
        catchUp()
        return absence == nil
    }

    private func connected(_ version: Int) -> Bool {
        if links[version] != nil { return true }
        guard isThere, let engine = shelf.engine else { return false }
        do throws(EngineAbsence) {
            links[version] = Link(link: try engine.connect())
        } catch {
            return give(up: error.reason)
        }
        if version == 3, exchange([.named("HELLO", "3")], 0, 3) == nil {
            return give(up: "\(engine.title) does not speak version 3 of the protocol")
        }
        return true
    }

    @discardableResult
    private func give(up reason: String) -> Bool {
        if absence == nil { shelf.onEngineNews?(reason) }
        absence = reason
        journal = []
        return false
    }

    /// Brings the server to where the live program is.
    private func catchUp() {
        if !isSeeded {
            isSeeded = true
            let seed = shelf.seed ?? RedisSeed.of(shelf.recorded)
            load(seed.statements.map { RedisCommand($0) }, isCounted: true)
            for assumption in seed.assumptions { shelf.onEngineNews?(assumption) }
            if failures > 0 {
                shelf.onEngineNews?("\(failures) commands of the recorded state were refused by the real server")
            }
        }
        let steps = journal
        journal = []
        for step in steps {
            if step.phase == .failing || step.phase == .ambiguous { liveThroughHistory() }
            apply(step)
        }
        if shelf.phase == .failing { liveThroughHistory() }
    }

    /// Recorded writes of earlier triggers, where the live program is not given those triggers again.
    private func liveThroughHistory() {
        guard !hasHistory else { return }
        hasHistory = true
        guard !shelf.livesHistory else { return }
        var tape = RedisTape()
        for entry in shelf.recorded {
            for spoken in tape.take(entry) where entry.phase == .history && spoken.command.isWrite {
                guard !spoken.isRefused else { continue }
                apply(
                    Step(
                        commands: [spoken.replayable], isTransaction: false, database: spoken.database,
                        phase: .history))
            }
        }
    }

    private func apply(_ step: Step) {
        if step.isTransaction {
            _ = transaction(step.commands, step.database, 2)
        } else if let command = step.commands.first, command.isBlocking {
            _ = transaction([command], step.database, 2)
        } else {
            _ = exchange(step.commands, step.database, 2)
        }
    }

    private func load(_ commands: [RedisCommand], isCounted: Bool) {
        var rest = commands[...]
        while !rest.isEmpty {
            guard let answers = exchange(Array(rest.prefix(1000)), 0, 2, isSeed: true) else { return }
            rest = rest.dropFirst(1000)
            failures += answers.count { $0.first == RESPType.error }
        }
    }

    /// Sends commands in one go and gives one answer for each.
    private func exchange(
        _ commands: [RedisCommand], _ database: Int, _ version: Int, isSeed: Bool = false
    ) -> [[UInt8]]? {
        guard let link = links[version] else { return nil }
        var all = commands
        // A seed chooses its databases itself, and ends where it began.
        if link.database != database { all.insert(.named("SELECT", "\(database)"), at: 0) }
        var reader = RESPReader(takesInline: false, keptMax: RESPScanner.lengthMax)
        var answers: [[UInt8]] = []
        let result = link.link.ask(
            all.flatMap(\.encoded), milliseconds: isSeed ? Self.seedMilliseconds : EngineLimits.answerMilliseconds
        ) { bytes in
            var bytes = bytes
            while let unit = reader.next(&bytes, at: 0) {
                // A push answers no command.
                if unit.bytes.first != RESPType.push { answers.append(unit.bytes) }
            }
            return answers.count >= all.count || reader.failure != nil
        }
        guard result != nil, reader.failure == nil else {
            link.link.close()
            links[version] = nil
            give(up: "\(shelf.engine?.title ?? "the real server") did not answer in time")
            return nil
        }
        links[version]?.database = database
        return Array(answers.suffix(commands.count))
    }
}
