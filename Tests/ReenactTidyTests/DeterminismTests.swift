import Testing

/// Wall clock, entropy and hash order never leak into a case or an outcome: each is read in a few known places.
struct DeterminismTests {
    /// What reads them, and the files that may.
    static let sources: [(reading: String, allowed: Set<String>)] = [
        // The fixture solver reads its thread's processor time, to bound it.
        (
            #"clock_gettime|gettimeofday"#,
            [
                "ReenactLinux/MonotonicClock.swift", "ReenactFixtures/Solve/Solver.swift",
                // Names of system calls.
                "ReenactExecution/Models/SystemTimeCalls.swift",
            ]
        ),
        (#"\bDate\(\)|\bDate\.now|\btime\(nil\)|DispatchTime"#, []),
        (
            #"ContinuousClock|SuspendingClock"#,
            [
                // Bounds on the time that something may take.
                "ReenactCaseFile/SQLiteConnection.swift", "ReenactFixtures/Engine/SQLiteEngine.swift",
                "ReenactFixtures/Solve/Solution.swift", "ReenactFixtures/Solve/Solver.swift",
            ]
        ),
        (
            #"wallClock\(\)"#,
            [
                "ReenactLinux/MonotonicClock.swift", "ReenactCapture/RecordingSession.swift",
                "ReenactCapture/CaseAssembler.swift", "ReenactRunner/ProgramClock.swift",
                // Whether a certificate holds today.
                "ReenactCapture/StreamInterposer+TLS.swift",
                // When a recording began.
                "ReenactExecution/Record/ExecutionRecorder.swift",
                // The time at which a person decided something.
                "ReenactCommands/Surroundings.swift",
            ]
        ),
        (
            #"randomBytes\("#,
            [
                "ReenactTLS/Seal.swift", "ReenactCapture/RecordingSession.swift", "ReenactCapture/Redaction.swift",
                "ReenactCommands/Record/OwnerKey.swift",
            ]
        ),
        (
            #"\.random\(in:|randomElement\(|\.shuffled\(|UUID\(\)|SystemRandomNumberGenerator|getrandom|arc4random"#,
            // A word that no output of the program holds by chance.
            [
                "ReenactReproduction/Attempting/AttemptRun.swift", "ReenactExecution/Models/SystemTimeCalls.swift",
                // A word that no other memory of a recorded program holds by chance.
                "ReenactExecution/Linux/CallBuffer.swift",
                // Where hashes begin that no program may aim at.
                "ReenactExecution/Format/PastIndex.swift",
                // What a recorded program's own instruction would have drawn.
                "ReenactExecution/Record/ExecutionRecorder+Draws.swift",
            ]
        ),
        (#"\.hashValue\b|\bHasher\(\)"#, []),
    ]

    @Test(arguments: sources.indices)
    func `only known places read`(index: Int) throws {
        let (reading, allowed) = DeterminismTests.sources[index]
        let pattern = try Regex(reading)
        for file in Repository.files(in: ["Sources"], named: [".swift"]) {
            let name = String(file.path.dropFirst("Sources/".count))
            guard !allowed.contains(name) else { continue }
            for (number, line) in file.lines.enumerated() where !line.hasPrefix("///") {
                #expect(!line.code.contains(pattern), "\(file.path):\(number + 1): \(line)")
            }
        }
    }
}
