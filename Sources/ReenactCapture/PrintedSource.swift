import Glibc
import ReenactTimeline

/// Source lines for the frames of a printed trace: they name the fields that the code was about.
enum PrintedSource {
    private static let framesMax = 12
    private static let bytesMax = 1 << 20

    /// - Parameter directory: where the program began: traces of some languages name files as they were named to it.
    static func filling(_ exception: ExceptionRecord, directory: String) -> ExceptionRecord {
        var result = exception
        var files: [String: [ArraySlice<UInt8>]] = [:]
        for index in result.frames.indices.suffix(framesMax) where result.frames[index].source.isEmpty {
            let frame = result.frames[index]
            // Only what stands there as a plain file: a trace may name anything.
            let path = frame.file.hasPrefix("/") ? frame.file : "\(directory)/\(frame.file)"
            guard frame.line > 0, path.hasPrefix("/"), isPlain(path) else { continue }
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
