import ReenactTimeline

/// Whether the recorded code still fails here. Where it does not, that other code does not fail either proves nothing.
public struct Control: Codable, Sendable, Equatable {
    public var outcome: Outcome
    /// One sentence.
    public var reason: String
}

extension RunResult {
    /// The result in the light of the control.
    func held(against control: Control) -> RunResult {
        var result = self
        result.control = control
        guard control.outcome != .reproduced else { return result }
        result.outcome = .inconclusive
        result.reason =
            "The failure does not come with \(code?.directory ?? "the other code"), but it did not come with the recorded "
            + "code either, so this says nothing of the fix: \(control.reason)"
        result.notes.append(
            "Is the code in \(code?.target ?? "its place") still the recorded one? --no-control goes without this check."
        )
        return result
    }
}

extension Reproduction {
    /// Looks once whether the recorded code fails where other code did not.
    ///
    /// - Returns: the result as it is where there is nothing to compare with; where the recorded code can't be run, with
    ///   a note.
    /// - Throws: `CancellationError`.
    func controlled(_ result: RunResult) async throws -> RunResult {
        guard options.isControlled, result.outcome == .notReproduced, let code = result.code,
            code.directory != code.target
        else { return result }
        var plain = options
        plain.code = nil
        plain.attempts = 1
        do {
            let control = try await repeated(with: plain).run()
            return result.held(against: Control(outcome: control.outcome, reason: control.reason))
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            var result = result
            result.notes.append("Not compared with the recorded code, which could not be run here: \(error)")
            return result
        }
    }
}
