import ReenactTimeline
import ReenactWire

/// Plays a recorded Redis server on one connection.
struct RedisStub: StubSession {
    static let note = "answered from the specification"
    static let emptyQueue = "empty queue"
    /// So many waits on an empty queue end at once on a connection; later ones take this long, in nanoseconds: a program
    /// that has nothing else to do would spin, and fill the output with what it says of that.
    private static let hurriedMax = 100
    private static let idle: Int64 = 50_000_000
    private var hurried = 0

    private var reader = RESPReader.commands
    private(set) var session = RedisSession()
    /// Commands between MULTI and EXEC, for the shape of EXEC's answer.
    private var queued: [RedisCommand] = []
    private(set) var version = 2
    private var hasEnded = false
    private var actions: [StubAction] = []

    mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        var bytes = bytes
        while !hasEnded, let unit = reader.next(&bytes, at: 0) {
            if let command = RedisCommand(unit) { answer(command, shelf) }
        }
        if reader.failure != nil, !hasEnded {
            send(RESPEncoder.error("ERR Protocol error"))
            end(.close(.fin, delay: 0))
        }
        defer { actions = [] }
        return actions
    }

    mutating func clientClosed(_ shelf: Shelf) -> [StubAction] {
        guard !hasEnded else { return [] }
        hasEnded = true
        return [.close(.fin, delay: 0)]
    }

    // MARK: sending

    mutating func send(_ bytes: [UInt8], delay: Int64 = 0) {
        guard !bytes.isEmpty else { return }
        if case .send(let before, delay) = actions.last {
            actions[actions.count - 1] = .send(before + bytes, delay: delay)
        } else {
            actions.append(.send(bytes, delay: delay))
        }
    }

    private mutating func send(_ value: RESPValue) { send(RESPEncoder.encode(value, version: version)) }

    private mutating func end(_ action: StubAction) {
        actions.append(action)
        hasEnded = true
    }

    private mutating func miss() { send(RESPEncoder.error("ERR reenact: nothing recorded answers this command")) }

    // MARK: commands

    private mutating func answer(_ command: RedisCommand, _ shelf: Shelf) {
        let queuedBefore = session.queued.count
        let database = session.database
        let channels = command.name == "PUNSUBSCRIBE" ? session.patterns.sorted() : session.channels.sorted()
        let place = session.take(command)
        var summary = Printable.summary(command)
        if command.name == "EXEC" { summary = "EXEC (\(queuedBefore) commands)" }
        let key = place.key
        let shape = queued
        if place.isQueued { queued.append(command) }
        if ["EXEC", "DISCARD", "RESET"].contains(command.name) { queued = [] }
        defer { if command.name == "QUIT", !hasEnded { end(.close(.fin, delay: 0)) } }
        let asked = Asked(
            command: command, shape: shape, database: database, key: key, summary: summary,
            isFresh: shelf.hasFresh(key: key.key, relaxed: key.relaxed))
        guard place.isAnswered else {
            let entry = asked.isFresh ? shelf.take(key: key.key, relaxed: key.relaxed, summary: summary) : nil
            return note(asked, as: entry, shelf)
        }
        if place.isQueued {
            guard asked.isFresh else { return send(RESPEncoder.queued) }
            if let entry = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary) {
                play(entry, command, [], shelf)
            }
            return
        }
        if answerConnection(command, key, summary, shelf) { return }
        if command.isBlocking, !asked.isFresh { return answerWait(asked, shelf) }
        let isKnown = shelf.peek(key: key.key) != nil || asked.isFresh
        if !isKnown, let values = specified(command, channels, shelf) {
            shelf.answered(key: key.key, summary: summary, note: Self.note)
            for value in values { send(value) }
            return
        }
        if !isKnown || isOutdated(asked, shelf), askEngine(asked, shelf) { return }
        guard let entry = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary) else { return miss() }
        play(entry, command, shape, shelf)
        note(asked, as: entry, shelf)
    }

    /// Waiting on a queue that has nothing left: nothing, until the command's own timeout.
    private mutating func answerWait(_ asked: Asked, _ shelf: Shelf) {
        let shadow = shelf.cached { RedisShadow($0) }
        if let answer = shadow.ask(asked.command, database: asked.database, version: version) {
            guard Self.isNothing(answer) else {
                shelf.answeredByEngine(key: asked.key.key, summary: asked.summary)
                return send(answer)
            }
        } else if !shelf.cached({ RedisIndex($0) }).knows(asked.key) {
            shelf.miss(key: asked.key.key, summary: asked.summary)
            return miss()
        }
        shelf.answered(key: asked.key.key, summary: asked.summary, note: Self.emptyQueue)
        // A recorded worker is hurried on to what it got in the end; other code would spin.
        wait(asked.command, inRealTime: shadow.isThere)
    }

    private mutating func wait(_ command: RedisCommand, inRealTime: Bool = false) {
        guard let timeout = command.timeoutNanoseconds else {
            actions.append(.silence)
            return
        }
        let isWaitCount = command.name == "WAIT" || command.name == "WAITAOF"
        let isSingle = command.name == "BRPOPLPUSH" || command.name == "BLMOVE"
        let value: RESPValue = isWaitCount ? .integer(0) : .null(isArray: !isSingle)
        hurried += 1
        if inRealTime {
            actions.append(.pause(timeout))
        } else if hurried > Self.hurriedMax {
            // There is nothing more to be hurried on to.
            actions.append(.pause(min(timeout, Self.idle)))
        }
        send(RESPEncoder.encode(value, version: version), delay: inRealTime ? 0 : timeout)
    }

    /// Handshakes and settings: recorded, once each; then as recorded without a note, because they belong to the
    /// connection; else from the specification.
    private mutating func answerConnection(
        _ command: RedisCommand, _ key: RedisKey, _ summary: String, _ shelf: Shelf
    ) -> Bool {
        guard Self.connectionCommands.contains(command.name) else { return false }
        if command.name == "HELLO", let wanted = Int(command.text(0)), (2...3).contains(wanted) { version = wanted }
        if command.name == "RESET" { version = 2 }
        if shelf.hasFresh(key: key.key), let entry = shelf.take(key: key.key, summary: summary) {
            play(entry, command, [], shelf)
            return true
        }
        if let entry = shelf.peek(key: key.key), !entry.answer.isEmpty {
            play(entry, command, [], shelf)
            return true
        }
        // Better the recorded answer to the same command with another made-up name than one from the specification:
        // it tells which recorded name the live one stands for.
        if shelf.hasFresh(key: key.key, relaxed: key.relaxed),
            let entry = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary)
        {
            play(entry, command, [], shelf)
            return true
        }
        guard let value = Self.specifiedConnection(command, version) else { return false }
        shelf.answered(key: key.key, summary: summary, note: Self.note)
        send(value)
        return true
    }

    // MARK: recorded answers

    private mutating func play(_ entry: Recorded, _ command: RedisCommand, _ shape: [RedisCommand], _ shelf: Shelf) {
        let recordedVersion = shelf.cached { RedisIndex($0) }.version(of: entry)
        let isStream = RedisCommand.subscribing.contains(command.name) || command.name == "MONITOR"
        if isStream || recordedVersion != version && command.name != "HELLO" {
            playConverted(entry, command, shape, isStream, sameVersion: recordedVersion == version)
        } else {
            for piece in entry.answer { send(piece.bytes, delay: piece.delay) }
        }
        switch entry.ending {
        case .open: break
        case .close(let manner, let delay): end(.close(manner, delay: delay))
        case .silence:
            // It was still waiting when the recording ended: it waits as long as it says.
            if command.isBlocking, entry.answer.isEmpty { wait(command) } else { actions.append(.silence) }
        }
    }

    /// Value by value: in the live connection's version, and without answers to other commands.
    private mutating func playConverted(
        _ entry: Recorded, _ command: RedisCommand, _ shape: [RedisCommand], _ isStream: Bool, sameVersion: Bool
    ) {
        var units = RESPReader(takesInline: false, keptMax: RESPScanner.lengthMax)
        for piece in entry.answer {
            var bytes = piece.bytes[...]
            while let unit = units.next(&bytes, at: piece.delay) {
                var decoder = RESPDecoder(unit.bytes)
                guard let value = decoder.next() else { continue }
                if isStream, !Self.belongs(value, to: command) { continue }
                if sameVersion {
                    send(unit.bytes, delay: piece.delay)
                } else {
                    send(RESPEncoder.encode(convert(value, command, shape), version: version), delay: piece.delay)
                }
            }
        }
    }

    private func convert(_ value: RESPValue, _ command: RedisCommand, _ shape: [RedisCommand]) -> RESPValue {
        if command.name == "EXEC", case .array(let elements) = value, elements.count == shape.count {
            return .array(zip(elements, shape).map { convert($0, $1, []) })
        }
        if version == 3 {
            // Only messages to subscribers become pushes; they are arrays of a known kind.
            if case .array(let elements) = value, let kind = value.kind, Self.pushKinds.contains(kind),
                RedisCommand.subscribing.contains(command.name)
            {
                return .push(elements)
            }
            return VersionShape.upgraded(value, command)
        }
        return VersionShape.downgraded(value, command)
    }

    private static let pushKinds: Set<String> = [
        "message", "pmessage", "smessage", "subscribe", "psubscribe", "ssubscribe",
    ]

    /// Whether a value in a subscription's time is its confirmation or one of its messages.
    private static func belongs(_ value: RESPValue, to command: RedisCommand) -> Bool {
        if command.name == "MONITOR" { return true }
        if case .error = value { return true }
        guard let kind = value.kind else { return false }
        return pushKinds.contains(kind) || { if case .push = value { true } else { false } }()
    }
}
