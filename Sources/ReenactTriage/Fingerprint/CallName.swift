import ReenactTimeline

/// A function and its file as a person would name them: without what compilers, bundlers and runtimes put into names
/// from build to build, as version 3 of fingerprints had it. Numbers that people write into names stay: `handler1` and `handler2` are two functions.
enum CallName {
    /// `Go` closures, lambdas of the JVM and of .NET, closures of Swift, Rust and PHP, clones of GCC, hashes of bundles.
    static func of(_ frame: ExceptionRecord.Frame) -> String {
        let (file, isBundle) = plainFile(frame.fileName)
        var function = plain(frame.function.cut(300), isGo: file.hasSuffix(".go"))
        // Minifiers give short names anew with each build.
        if isBundle, function.utf8.count <= 2 { function = "<minified>" }
        return "\(function) \(file)"
    }

    /// An exception's type: classes without a name carry a path, and proxies a hash.
    static func type(_ text: String) -> String {
        if let range = text.range(of: "@anonymous") { return String(text[..<range.upperBound]) }
        return text.contains("$") ? plain(text, isGo: false) : text
    }

    static func plain(_ text: String, isGo: Bool) -> String {
        var name = text[...]
        for lead in ["async ", "new ", "rescue in ", "ensure in ", "block in "] where name.hasPrefix(lead) {
            name = name.dropFirst(lead.count)
        }
        if name.hasPrefix("block ("), let range = name.range(of: ") in ") { name = name[range.upperBound...] }
        for mark in [" [as ", " [clone "] {
            if let range = name.range(of: mark) { name = name[..<range.lowerBound] }
        }
        for mark in [".isra", ".constprop", ".part", ".cold", ".llvm"] {
            if let range = name.range(of: mark), name[range.upperBound...].allSatisfy({ $0 == "." || $0.isNumber }) {
                name = name[..<range.lowerBound]
            }
        }
        let unknown = [
            "", "?", "<unknown>", "<unknown module>", "anonymous", "(anonymous)", "Object.<anonymous>", "<fn>",
        ]
        if unknown.contains(String(name)) { return "<anonymous>" }
        let bytes = Array(name.utf8)
        guard bytes.contains(where: { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "$") }) else {
            return String(name)
        }
        return String(decoding: unnumbered(withoutHashes(bytes), isGo: isGo), as: UTF8.self)
    }

    /// `::h0123456789abcdef` of Rust, what stands behind `$$` on the JVM, and addresses.
    private static func withoutHashes(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let run = hexRun(bytes, place)
            let isRust = ends(result, "::h") && run == 16
            let isProxy = ends(result, "$$") && run >= 6 || ends(result, "/0x") || ends(result, "0x") && run >= 4
            if isRust {
                result.removeLast(3)
                place += run
            } else if isProxy, run > 0 {
                place += run
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    /// Numbers behind the marks of compilers; a run of such numbers (`func1.2`) goes as one.
    private static func unnumbered(_ bytes: [UInt8], isGo: Bool) -> [UInt8] {
        let marks: [StaticString] = [
            "$", "#", "|", "lambda-", "d__", "b__", "c__", "DisplayClass", "Proxy", "Accessor",
        ]
        var result: [UInt8] = []
        var place = 0
        let isClosure = starts(bytes, "{closure:")
        while place < bytes.count {
            let end = digitsEnd(bytes, place)
            let isMarked =
                end > place
                && (marks.contains { ends(result, $0) } || isGo && (ends(result, ".func") || ends(result, ".gowrap"))
                    || isClosure && ends(result, ":"))
            guard isMarked else {
                result.append(contentsOf: bytes[place..<max(end, place + 1)])
                place = max(end, place + 1)
                continue
            }
            place = end
            while place + 1 < bytes.count, bytes[place] == UInt8(ascii: ".") || bytes[place] == UInt8(ascii: "_"),
                digitsEnd(bytes, place + 1) > place + 1
            {
                place = digitsEnd(bytes, place + 1)
            }
        }
        return result
    }

    /// The file's name without a query, and for bundles of scripts without a build's hash.
    static func plainFile(_ text: String) -> (name: String, isBundle: Bool) {
        let name = text.prefix { $0 != "?" && $0 != "#" }
        // Proxies of the JVM are their own file.
        if name.contains("$$") { return (plain(String(name), isGo: false), false) }
        let endings = [".js", ".mjs", ".cjs"]
        guard endings.contains(where: { name.hasSuffix($0) }) else { return (String(name), false) }
        var parts: [Substring] = []
        var isBundle = false
        for part in name.split(whereSeparator: { $0 == "." || $0 == "-" || $0 == "_" || $0 == "~" }) {
            if isHash(part) { isBundle = true } else { parts.append(part) }
        }
        if parts.contains("min") || parts.contains("bundle") || parts.contains("chunk") { isBundle = true }
        return isBundle ? (parts.joined(separator: "."), true) : (String(name), false)
    }

    private static func isHash(_ part: Substring) -> Bool {
        let digits = part.utf8.count { (0x30...0x39).contains($0) }
        if digits == part.utf8.count { return true }
        if part.utf8.count >= 6, digits > 0, part.allSatisfy({ $0.isHexDigit }) { return true }
        let hasCases = part.contains(where: \.isUppercase) && part.contains(where: \.isLowercase)
        return part.utf8.count >= 8 && digits > 0 && hasCases
    }

    private static func digitsEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        var end = start
        while end < bytes.count, (0x30...0x39).contains(bytes[end]) { end += 1 }
        return end
    }

    private static func hexRun(_ bytes: [UInt8], _ start: Int) -> Int {
        var end = start
        while end < bytes.count, (0x30...0x39).contains(bytes[end]) || (0x61...0x66).contains(bytes[end] | 0x20) {
            end += 1
        }
        return end - start
    }

    private static func ends(_ bytes: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes.count >= $0.count && bytes.suffix($0.count).elementsEqual($0) }
    }

    private static func starts(_ bytes: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes.starts(with: $0) }
    }
}
