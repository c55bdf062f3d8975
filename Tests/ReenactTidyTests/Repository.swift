import Foundation

/// The files of this repository, as the tidy tests look at them.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    struct File: Sendable {
        /// From the root of the repository.
        var path: String
        var lines: [String]
    }

    /// Text files under the given directories, in order of their paths.
    static func files(in directories: [String], named endings: [String] = []) -> [File] {
        directories.flatMap { directory -> [File] in
            let base = "\(root)/\(directory)"
            let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
            return names.filter { name in
                endings.isEmpty || endings.contains { name.hasSuffix($0) }
            }.sorted().compactMap { read("\(directory)/\($0)") }
        }
    }

    static func read(_ path: String) -> File? {
        guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else { return nil }
        return File(path: path, lines: text.components(separatedBy: "\n"))
    }
}

extension Repository.File {
    /// The lines, with those of programs and other texts in `"""` left empty.
    var linesOfCode: [String] {
        var isText = false
        return lines.map { line in
            let wasText = isText
            if line.components(separatedBy: "\"\"\"").count % 2 == 0 { isText.toggle() }
            return wasText ? "" : line
        }
    }
}

extension String {
    /// The line without a comment at its end.
    var code: String { range(of: "//").map { String(self[..<$0.lowerBound]) } ?? self }
}
