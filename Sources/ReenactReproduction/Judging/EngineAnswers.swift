/// What real servers answered in the place of recorded ones, told to a person.
enum EngineAnswers {
    private static let beginning = "answered by a real "
    private static let shown = 3

    /// A sentence for each server.
    static func sentences(_ record: AttemptRecord) -> [String] {
        var order: [String] = []
        var counts: [String: Int] = [:]
        var questions: [String: [String]] = [:]
        for meeting in record.meetings {
            guard let note = meeting.encounter.relaxations.first(where: { $0.hasPrefix(beginning) }) else { continue }
            let server = String(note.dropFirst(beginning.count))
            if counts[server] == nil { order.append(server) }
            counts[server, default: 0] += 1
            let question = meeting.encounter.summary
            if !(questions[server] ?? []).contains(question) { questions[server, default: []].append(question) }
        }
        return order.map { server in
            let count = counts[server] ?? 0
            let all = questions[server] ?? []
            let more = all.count > shown ? "; …" : ""
            return
                "A real \(server) with the recorded state answered \(count) \(count == 1 ? "question" : "questions"): "
                + all.prefix(shown).joined(separator: "; ") + more
        }
    }
}
