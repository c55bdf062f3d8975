import Foundation
import ReenactCapture
import ReenactCaseFile
import ReenactTimeline

/// Writes the recorder's cases into the store.
struct StoreSink: CaseSink {
    let directory: String

    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    func write(_ value: Case) throws -> CaseReceipt {
        let path = "\(directory)/\(value.id).reenact"
        try CaseFile.write(value, to: path)
        return CaseReceipt(id: value.id, path: path, summary: "\(value.signature.operation) \(value.signature.exceptionType): \(value.signature.message)", isNew: true, count: 1)
    }
}

enum CasesDirectory {
    /// `--cases`, `$REENACT_CASES`, or `.reenact/cases` here.
    static func path(_ option: String?) -> String {
        let chosen = option ?? ProcessInfo.processInfo.environment["REENACT_CASES"] ?? ".reenact/cases"
        return chosen.hasPrefix("/") ? chosen : "\(FileManager.default.currentDirectoryPath)/\(chosen)"
    }
}
