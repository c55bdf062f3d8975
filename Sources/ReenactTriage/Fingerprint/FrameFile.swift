import ReenactTimeline

/// What a frame's file is called in fingerprints: without hashes of bundles and of compiled templates.
enum FrameFile {
    static func of(_ frame: ExceptionRecord.Frame) -> (name: String, isBundle: Bool) {
        if frame.file.hasPrefix("eval at ") { return ("<eval>", false) }
        if frame.file.hasPrefix("blob:") { return ("<blob>", false) }
        var name = frame.fileName
        // Built on Windows.
        if let slash = name.utf8.lastIndex(of: UInt8(ascii: "\\")) {
            name = String(name[name.utf8.index(after: slash)...])
        }
        if let range = name.range(of: " : eval()'d code") {
            name = name[..<range.lowerBound].prefix { $0 != "(" } + " eval"
        }
        if let range = name.range(of: ".php("), name.contains("eval()") {
            name = name[..<range.lowerBound] + ".php eval"
        }
        if name.hasSuffix(".bundle") || name.hasSuffix(".jsbundle") { return (name, true) }
        let stem = name.prefix { $0 != "?" }
        if frame.file.contains("/assets/"), stem.hasSuffix(".js"), stem.utf8.count > 12,
            case let head = stem.dropLast(11), head.hasSuffix("-"), isBase64(stem.dropLast(3).suffix(8))
        {
            return ("\(head.dropLast()).js", true)
        }
        let (plain, isBundle) = CallName.plainFile(name)
        return (FrameName.withoutLongHashes(plain), isBundle)
    }

    /// Vite's hashes: eight of base64, which a word in mixed case is not.
    private static func isBase64(_ text: Substring) -> Bool {
        let isMixed = text.utf8.count { (0x41...0x5A).contains($0) } >= 3
        let hasOther = text.contains { $0.isNumber || $0 == "_" || $0 == "-" }
        return (isMixed || hasOther) && text.contains(where: \.isUppercase)
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }

    static func isJVM(_ file: String) -> Bool {
        [".java", ".kt", ".scala", ".groovy"].contains { file.hasSuffix($0) }
    }

    static func isNative(_ file: String) -> Bool {
        [".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".m", ".mm"].contains { file.hasSuffix($0) }
    }
}
