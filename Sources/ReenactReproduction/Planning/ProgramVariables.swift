import ReenactTimeline

/// The program's environment variables, as near to the recorded ones as can be had here.
struct ProgramVariables: Sendable, Equatable {
    var values: [String: String]
    /// What a person should know of them.
    var notes: [String]

    /// A masked variable's own value is best: stubs know the rest of the recording by it. Without the key this
    /// process's variable of that name must do, and last the placeholder.
    init(
        _ environment: Environment, secrets: SecretText, overrides: [String: String], process: [String: String]
    ) {
        values = [:]
        notes = []
        var substituted: [String] = []
        var missing: [String] = []
        let masked = Set(environment.maskedVariables)
        for (name, recorded) in environment.variables {
            let restored = secrets.restore(recorded)
            values[name] = restored
            guard masked.contains(name), restored == recorded, overrides[name] == nil else { continue }
            if let here = process[name] {
                values[name] = here
                substituted.append(name)
            } else {
                missing.append(name)
            }
        }
        for name in masked.subtracting(environment.variables.keys) where overrides[name] == nil {
            if let here = process[name] {
                values[name] = here
                substituted.append(name)
            } else {
                missing.append(name)
            }
        }
        values.merge(overrides) { $1 }
        if !substituted.isEmpty {
            notes.append(
                "Taken from this shell, as the case masks them: \(substituted.sorted().joined(separator: ", ")).")
        }
        if !missing.isEmpty {
            notes.append(
                "Placeholders stand for the masked \(missing.sorted().joined(separator: ", ")); "
                    + "give them with --env NAME=VALUE if the program needs them.")
        }
    }
}
