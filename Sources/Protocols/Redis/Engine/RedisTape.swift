import ReenactTimeline
import ReenactWire

/// Recorded exchanges as commands with their answers, those of transactions included.
struct RedisTape {
    /// A command that the recorded server carried out.
    struct Spoken {
        var command: RedisCommand
        var reply: RESPValue
        var database: Int

        var isRefused: Bool { if case .error = reply { true } else { false } }

        /// The command that has the recorded effect on any server: chance is taken out of it.
        var replayable: RedisCommand {
            guard command.name == "SPOP", let key = command.arguments.first else { return command }
            let members = reply.bytes.map { [$0] } ?? reply.elements?.compactMap(\.bytes) ?? []
            return RedisCommand(Seed.Statement("SREM", values: [Array(key)] + members))
        }
    }

    private struct Talk {
        var session = RedisSession()
        var queued: [RedisCommand] = []
    }

    private var talks: [Int: Talk] = [:]

    /// What the exchange made the server do; nothing where it only queues, or where no answer came.
    mutating func take(_ entry: Recorded) -> [Spoken] {
        var reader = RESPReader.commands
        var bytes = entry.requestBytes[...]
        guard let unit = reader.next(&bytes, at: 0), let command = RedisCommand(unit), command.isWhole else {
            return []
        }
        var talk = talks[entry.connection] ?? Talk()
        defer { talks[entry.connection] = talk }
        let database = talk.session.database
        let place = talk.session.take(command)
        if place.isQueued {
            talk.queued.append(command)
            return []
        }
        let queued = talk.queued
        if ["EXEC", "DISCARD", "RESET"].contains(command.name) { talk.queued = [] }
        var decoder = RESPDecoder(entry.answerBytes)
        guard let reply = decoder.next(), !decoder.isTruncated else { return [] }
        guard command.name == "EXEC" else { return [Spoken(command: command, reply: reply, database: database)] }
        // Null: a watched key had changed, and nothing was done.
        guard case .array(let replies) = reply, replies.count == queued.count else { return [] }
        return zip(queued, replies).map { Spoken(command: $0, reply: $1, database: database) }
    }
}
