import Glibc
import ReenactTimeline

/// Source lines for the frames of a printed trace: they name the fields that the code was about.
enum PrintedSource {
    private static let framesMax = 12
    private static let bytesMax = 1 << 20

    /// - Parameter directories: where the program, or what it started, began: traces of some languages name files as they
    ///   were named to it. The first that has the file counts.
    static func filling(_ exception: ExceptionRecord, directories: [String]) -> ExceptionRecord {
        var result = exception
        var files: [String: [ArraySlice<UInt8>]] = [:]
        for index in result.frames.indices.suffix(framesMax) where result.frames[index].source.isEmpty {
            let frame = result.frames[index]
            // Only what stands there as a plain file: a trace may name anything.
            let paths = frame.file.hasPrefix("/") ? [frame.file] : directories.map { "\($0)/\(frame.file)" }
            guard frame.line > 0, let path = paths.first(where: { $0.hasPrefix("/") && isPlain($0) }) else { continue }
            if files[frame.file] == nil {
                let bytes = ProcFile.bytes(path) ?? []
                files[frame.file] =
                    bytes.count < bytesMax ? bytes.split(separator: 10, omittingEmptySubsequences: false) : []
            }
            guard let lines = files[frame.file], frame.line <= lines.count else { continue }
            let text = String(decoding: lines[frame.line - 1].prefix(400), as: UTF8.self)
            result.frames[index].source = String(text.drop(while: \.isWhitespace))
        }
        return result
    }

    private static func isPlain(_ path: String) -> Bool {
        var about = stat()
        return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG && about.st_size < bytesMax
    }
}
