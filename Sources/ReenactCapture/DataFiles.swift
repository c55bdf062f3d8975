/// Files that hold data or settings, by their names: one that the command line names is no part of the program's code,
/// and is kept like any other that the program read.
enum DataFiles {
    private static let endings: Set<String> = [
        "json", "jsonl", "ndjson", "yaml", "yml", "ini", "cfg", "conf", "toml", "env", "properties", "xml", "csv",
        "tsv",
        "txt", "md", "rst", "html", "log", "sql",
    ]

    static func isOne(_ path: String) -> Bool {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return false }
        return endings.contains(path[path.index(after: dot)...].lowercased())
    }
}
