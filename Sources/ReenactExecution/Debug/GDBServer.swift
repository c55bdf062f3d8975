import Glibc

/// Serves a replay to an unmodified gdb: stepping, breakpoints and watchpoints in both directions.
public final class GDBServer {
    private let session: DebugSession
    private let connection: GDBConnection
    /// The task that register and memory packets mean.
    private var selected: Int
    private var last = DebugSession.Stop.step
    private let program: String

    /// Replays up to `event`, listens, and waits for gdb.
    ///
    /// - Parameter port: 0 for any free one.
    public init(
        _ replayer: ExecutionReplayer, at event: Int, port: UInt16,
        onListening: (_ port: UInt16, _ program: String) -> Void
    ) throws {
        session = try DebugSession(replayer, at: max(event, 1))
        selected = session.focus
        program = replayer.programs[session.focus] ?? ""
        let path = program
        connection = try GDBConnection(port: port) { onListening($0, path) }
    }

    /// Answers until gdb leaves.
    public func run() throws {
        try CounterAgreement.during {
            while let payload = connection.receive() {
                guard try answer(String(decoding: payload, as: UTF8.self)) else { return }
            }
        }
    }

    private func answer(_ text: String) throws -> Bool {
        switch text.first {
        case "?": report(last)
        case "g": sendRegisters(text)
        case "p": sendRegister(text.dropFirst())
        case "m": sendMemory(text.dropFirst())
        case "H":
            if text.hasPrefix("Hg"), let number = thread(text.dropFirst(2)) { selected = number }
            connection.send("OK")
        case "T": connection.send(session.replayer.tasks[thread(text.dropFirst()) ?? selected] == nil ? "E01" : "OK")
        case "Z", "z": setTrap(text)
        case "s": try move { try self.session.step() }
        case "c": try move { try self.session.resume() }
        case "b":
            try move { try text == "bs" ? self.session.stepBack() : self.session.resumeBack() }
        case "v": return try verbose(text)
        case "q", "Q": query(text)
        case "D":
            connection.send("OK")
            return false
        case "k": return false
        // The past can't be changed.
        case "G", "P", "M", "X": connection.send("E01")
        default: connection.send("")
        }
        return true
    }

    private func verbose(_ text: String) throws -> Bool {
        switch text {
        case "vCont?": connection.send("vCont;c;C;s;S")
        case _ where text.hasPrefix("vCont;s"), _ where text.hasPrefix("vCont;S"): try move { try self.session.step() }
        case _ where text.hasPrefix("vCont;"): try move { try self.session.resume() }
        case _ where text.hasPrefix("vKill"):
            connection.send("OK")
            return false
        default: connection.send("")
        }
        return true
    }

    private func move(_ body: () throws -> DebugSession.Stop) throws {
        do {
            last = try body()
            if let task = try session.current, task.space === session.replayer.traps.space { selected = task.number }
            if session.replayer.tasks[selected] == nil { selected = session.threads.first?.number ?? session.focus }
            report(last)
        } catch let error as ExecutionError {
            connection.send("O" + GDBConnection.hex(Array("reenact: \(error.description)\n".utf8)))
            report(.end)
        }
    }

    private func report(_ stop: DebugSession.Stop) {
        let thread = "thread:\(id(selected));"
        switch stop {
        case .step: connection.send("T05\(thread)")
        case .breakpoint: connection.send("T05swbreak:;\(thread)")
        case .watchpoint(let address): connection.send("T05watch:\(String(address, radix: 16));\(thread)")
        case .signal(let number):
            connection.send("T\(GDBConnection.hex([GDBServer.number(number)]))\(thread)")
        case .end: connection.send("T05replaylog:end;\(thread)")
        case .beginning: connection.send("T05replaylog:begin;\(thread)")
        }
    }

    /// gdb's own numbers for signals (include/gdb/signals.def).
    private static func number(_ signal: Int32) -> UInt8 {
        [SIGBUS: 10, SIGUSR1: 30, SIGUSR2: 31, SIGCHLD: 20, SIGCONT: 19, SIGSTOP: 17, SIGSYS: 12][signal]
            ?? UInt8(signal)
    }

    private func id(_ task: Int) -> String { String(task + 1, radix: 16) }

    private func thread(_ text: Substring) -> Int? {
        guard let value = Int(text, radix: 16), value > 0, session.replayer.tasks[value - 1] != nil else { return nil }
        return value - 1
    }

    private func registers() -> [[UInt8]]? {
        guard let task = session.replayer.tasks[selected], let values = try? session.registers(of: task),
            let extended = try? task.tracee.extended()
        else { return nil }
        return GDBRegisters.all(values, extended)
    }

    private func sendRegisters(_ text: String) {
        guard let list = registers() else { return connection.send("E01") }
        connection.send(GDBConnection.hex(list.joined()))
    }

    private func sendRegister(_ text: Substring) {
        guard let index = Int(text, radix: 16), let list = registers(), list.indices.contains(index) else {
            return connection.send("E01")
        }
        connection.send(GDBConnection.hex(list[index]))
    }

    private func sendMemory(_ text: Substring) {
        let parts = text.split(separator: ",")
        guard parts.count == 2, let address = UInt64(parts[0], radix: 16), let length = Int(parts[1], radix: 16),
            length <= 1 << 16, let space = session.replayer.traps.space
        else { return connection.send("E01") }
        let bytes = space.patches.masked(address, space.memory.read(address, length))
        connection.send(bytes.isEmpty && length > 0 ? "E01" : GDBConnection.hex(bytes))
    }

    /// Z0 and Z1: breakpoints; Z2: watch writes; Z3, Z4: reads as well.
    private func setTrap(_ text: String) {
        let parts = text.dropFirst(3).split(separator: ",")
        guard parts.count >= 2, let address = UInt64(parts[0], radix: 16),
            let length = Int(parts[1].prefix { $0 != ";" }, radix: 16), let kind = text.dropFirst().first
        else { return connection.send("E01") }
        let traps = session.replayer.traps
        let isSet = text.first == "Z"
        switch kind {
        case "0", "1":
            if isSet { traps.breakpoints.insert(address) } else { traps.breakpoints.remove(address) }
        case "2", "3", "4":
            let watch = Traps.Watch(address: address, length: length, kind: kind == "2" ? 1 : 3)
            traps.watches.removeAll { $0 == watch }
            guard [1, 2, 4, 8].contains(length), !isSet || traps.watches.count < 4 else {
                return connection.send("E01")
            }
            if isSet { traps.watches.append(watch) }
        default: return connection.send("")
        }
        connection.send("OK")
    }

    private func query(_ text: String) {
        switch text {
        case _ where text.hasPrefix("qSupported"):
            connection.send(
                "PacketSize=10000;QStartNoAckMode+;ReverseStep+;ReverseContinue+;swbreak+;hwbreak+;vContSupported+;"
                    + "qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+")
        case "QStartNoAckMode":
            connection.send("OK")
            connection.needsAcknowledgement = false
        case "qfThreadInfo": connection.send("m" + session.threads.map { id($0.number) }.joined(separator: ","))
        case "qsThreadInfo": connection.send("l")
        case "qC": connection.send("QC\(id(selected))")
        case _ where text.hasPrefix("qAttached"): connection.send("1")
        case _ where text.hasPrefix("qThreadExtraInfo,"):
            let task = session.replayer.tasks[thread(text.dropFirst(17)) ?? selected]
            connection.send(GDBConnection.hex(Array("task \(task?.number ?? 0), id \(task?.recordedId ?? 0)".utf8)))
        case _ where text.hasPrefix("qXfer:features:read:target.xml:"): part(Array(GDBRegisters.description.utf8), text)
        case _ where text.hasPrefix("qXfer:auxv:read:"): part(auxiliaryVector(), text)
        case _ where text.hasPrefix("qXfer:exec-file:read:"): part(Array(program.utf8), text)
        case _ where text.hasPrefix("qRcmd,"):
            command(String(decoding: GDBConnection.bytes(text.dropFirst(6)), as: UTF8.self))
        default: connection.send("")
        }
    }

    /// A piece of something long: "…:offset,length".
    private func part(_ bytes: [UInt8], _ text: String) {
        let range = text.split(separator: ":").last?.split(separator: ",") ?? []
        guard range.count == 2, let offset = Int(range[0], radix: 16), let length = Int(range[1], radix: 16) else {
            return connection.send("E01")
        }
        guard offset < bytes.count else { return connection.send("l") }
        let end = min(offset + length, bytes.count)
        connection.send(Array((end == bytes.count ? "l" : "m").utf8) + bytes[offset..<end])
    }

    private func auxiliaryVector() -> [UInt8] {
        guard let space = session.replayer.traps.space, let count = space.memory.word(space.stackStart) else {
            return []
        }
        var at = space.stackStart + 8 * (count + 2)
        while let word = space.memory.word(at), word != 0 { at += 8 }
        at += 8
        var result: [UInt8] = []
        while result.count < 1024 {
            let pair = space.memory.read(at, 16)
            result += pair
            guard pair.count == 16, pair.prefix(8).contains(where: { $0 != 0 }) else { break }
            at += 16
        }
        return result
    }

    /// `monitor when` and `monitor seek`.
    private func command(_ text: String) {
        let words = text.split(separator: " ")
        let (replayer, reader) = (session.replayer, session.replayer.reader)
        var answer =
            "monitor when: the number of the next event, its time and task\nmonitor seek EVENT, 35.5ms, 2s, task 3, "
            + "task 3 back: go to that event, time, next or last event of that task\n"
        if words.first == "when" {
            let next = (try? reader.event(replayer.position)).flatMap { $0 }
            let more = next.map { ", \(Double($0.time / 1000) / 1000) ms, task \($0.task)" } ?? ""
            answer = "event \(replayer.position) of \(reader.eventCount)\(more)\n"
        }
        if words.first == "seek", let target = SeekTarget(Array(words.dropFirst())) {
            do {
                let event = try target.event(in: reader, from: replayer.position)
                try session.restore(before: max(event, 1))
                try session.forward(to: event)
                try session.normalise()
                session.look()
                if case .task(let task, _) = target, replayer.tasks[task] != nil { selected = task }
                answer = "event \(replayer.position); use `maintenance flush register-cache`, then `where`\n"
            } catch { answer = "\(error)\n" }
        }
        connection.send(GDBConnection.hex(Array(answer.utf8)))
    }
}
