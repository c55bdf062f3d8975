import FoundationEssentials
import ReenactExecution
import ReenactStore

/// Recordings among the names that people give: by what the file begins with, whatever it is called.
enum RecordingFile {
    static let fileExtension = ".rexec"

    /// The file that a name stands for, where that is a recording. One that is named as recordings are, and is none, is
    /// said to be none by whoever reads it.
    static func path(_ name: String, _ store: Store) -> String? {
        let candidates = name.contains("/") ? [name] : [name, "\(store.directory)/\(name)"]
        let files = FileManager.default
        return candidates.first { RecordingReader.isRecording($0) }
            ?? candidates.first { $0.hasSuffix(fileExtension) && files.fileExists(atPath: $0) }
    }

    /// Those of a directory, in order of their names.
    static func all(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(directory)/\($0)" }
            .filter { RecordingReader.isRecording($0) || ($0.hasSuffix(fileExtension) && isFile($0)) }
    }

    private static func isFile(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
    }

    /// Nanoseconds since 1970 when the file was last written to.
    static func lastChange(_ path: String) -> Int64 {
        let date = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        return Int64((date?.timeIntervalSince1970 ?? 0) * 1e9)
    }
}
