import FoundationEssentials
import ReenactStore

/// Cases that people name: each one by itself, or all of a directory.
enum CasePaths {
    static func expanded(_ names: [String], _ store: Store) throws -> [String] {
        try names.flatMap { name -> [String] in
            var isDirectory = false
            guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory), isDirectory else {
                return [try store.resolve(name)]
            }
            return try InputFiles.expanded([name]).filter { $0.hasSuffix(Store.fileExtension) }
        }
    }
}
