import ReenactTimeline

/// Which frames of a stack belong to the program itself, for pages that show a stack.
public enum OwnFrames {
    /// Positions of the program's own frames.
    public static func of(_ frames: [ExceptionRecord.Frame]) -> [Int] { Frames.own(frames) }

    /// Packages of the frames, each once, in order of appearance.
    public static func packages(_ frames: [ExceptionRecord.Frame]) -> [String] {
        var names: [String] = []
        for name in frames.map(Frames.package) where !name.isEmpty && !names.contains(name) { names.append(name) }
        return names
    }
}
