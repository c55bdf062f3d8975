/// Why an attempt could not be carried through: the stage, and the reason in one sentence.
struct AttemptFailure: Error, Equatable {
    var stage: String
    var reason: String
}
