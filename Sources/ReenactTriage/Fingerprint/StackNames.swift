import ReenactTimeline

/// What a stack becomes in fingerprints of this version and of the one before: of a stack that comes again it is found
/// out once.
final class StackNames: Sendable {
    /// How many frames the stack has.
    let count: Int
    /// The program's own calls, from the throw site on.
    let calls: [String]
    let parts: [String]
    let formerParts: [String]

    /// - Parameter names: those of the frames, one each.
    init(_ frames: [ExceptionRecord.Frame], _ names: [CallNames]) {
        let own = Frames.own(frames).reversed()
        count = frames.count
        calls = own.map { names[$0].name }
        parts = Self.parts(calls)
        formerParts = Self.parts(own.map { names[$0].former })
    }

    private static func parts(_ calls: [String]) -> [String] {
        Fingerprint.folded(calls).prefix(Fingerprint.framesMax).map { "frame \($0)" }
    }
}
