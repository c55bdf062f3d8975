import ReenactExecution

/// A replay of a whole recording, nothing else.
struct ReplayRequest: Equatable {
    var recording: String
    var isSilent = false
    var isBuffered = true

    init(recording: String) { self.recording = recording }

    /// The plain forms of the command line: as with recording, the parser of all forms takes longer than many a program
    /// that is replayed. What is not among these, mistakes too, is left to it.
    init?(plain arguments: [String]) {
        guard arguments.count >= 2, arguments[0] == "replay" else { return nil }
        var path: String?
        for argument in arguments[1...] {
            switch argument {
            case "--silent": isSilent = true
            case "--no-buffer": isBuffered = false
            default:
                guard path == nil, !argument.isEmpty, !argument.hasPrefix("-") else { return nil }
                path = argument
            }
        }
        guard let path else { return nil }
        recording = path
    }

    var options: ExecutionReplayer.Options {
        var options = ExecutionReplayer.Options()
        options.echoes = !isSilent
        options.isBuffered = isBuffered
        return options
    }

    /// Opens a recording, and says what is wrong with its end.
    static func open(_ path: String) throws -> RecordingReader {
        let reader = try RecordingReader(path)
        if let defect = reader.defect {
            Notices().complain("\(path): \(defect); what stands before that (\(reader.eventCount) events) is used")
        }
        return reader
    }

    /// Replays, and returns the recorded program's own exit status.
    func run() throws -> Int32 {
        let (path, final) = (recording, options)
        return try TracerThread.run { try ExecutionReplayer(try ReplayRequest.open(path), options: final).run() }.status
    }
}
