import ReenactTimeline

/// What a frame is called in fingerprints: of this version, and of the one before. Of frames that come again and again
/// it is found out once.
struct CallNames: Sendable {
    var name = ""
    var former = ""

    init() {}

    init(_ frame: ExceptionRecord.Frame) {
        name = FrameName.of(frame)
        former = CallName.of(frame)
    }
}
