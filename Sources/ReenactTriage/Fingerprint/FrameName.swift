import ReenactTimeline

/// What a frame is called in fingerprints: `CallName`, and further what SDKs of other languages put into names from
/// build to build, from one runtime's version to the next, or by the way in which symbols were read.
///
/// Minified names, instances of generics, states of coroutines, compiled templates, classes without a name.
enum FrameName {
    static func of(_ frame: ExceptionRecord.Frame) -> String {
        let isPlaceless = frame.file == frame.module && !frame.file.hasPrefix("/") && !frame.file.contains(":\\")
        let (file, isBundle) = isPlaceless ? (symbol(frame.file), false) : FrameFile.of(frame)
        var name = function(frame.function.cut(400), file, frame.module)
        if isBundle { name = withoutMinified(name) }
        // Classes in one file have methods of the same name.
        if !isPlaceless, FrameFile.isJVM(file), let inner = innerClass(frame.module) { name = "\(inner).\(name)" }
        return "\(name) \(file)"
    }

    /// An exception's type.
    static func type(_ text: String) -> String {
        let type = CallName.type(text)
        return type.contains("`") || type.contains("<") || type.contains("[") ? withoutInstances(type) : type
    }

    private static func function(_ text: String, _ file: String, _ module: String) -> String {
        var name = text
        // An asynchronous method of .NET is a class of states.
        if name == "MoveNext" || name.hasSuffix(".MoveNext") || name.hasSuffix(".MoveNext()") {
            if let method = method(ofStates: name) ?? method(ofStates: module) { name = method }
        }
        name = withoutWrappings(name)
        if name.contains("@anonymous") { name = anonymousClass(name) }
        if name.hasPrefix("{closure:"), name.contains("/") { name = "{closure}" }
        if name.hasSuffix("\\{closure}"), let scope = name.range(of: "::") {
            name = name[..<scope.upperBound] + "{closure}"
        }
        if let mark = name.range(of: "$$Lambda") { name = String(name[..<mark.upperBound]) + tail(name, mark) }
        name = withoutInstances(name)
        if FrameFile.isNative(file) || name.contains(") ") || file.hasSuffix(".cs") || file.hasSuffix(".vb")
            || file == module
        {
            name = withoutArguments(name)
        }
        if file.hasSuffix(".rb") { name = withoutReceiver(name) }
        name = CallName.plain(name, isGo: file.hasSuffix(".go") || !file.contains("."))
        return finished(symbol(name, isPlain: true))
    }

    /// What stands behind a lambda's class: its method, where one stands there.
    private static func tail(_ name: String, _ mark: Range<String.Index>) -> String {
        guard let dot = name[mark.upperBound...].lastIndex(of: ".") else { return "" }
        return String(name[dot...])
    }

    /// `Shop.Cart+<Total>d__12` and `Shop.Cart.<Total>d__12.MoveNext` are the method Total.
    private static func method(ofStates text: String) -> String? {
        guard let open = text.firstIndex(of: "<"), let close = text.range(of: ">d__"), open < close.lowerBound else {
            return nil
        }
        return String(text[text.index(after: open)..<close.lowerBound]) + " async"
    }

    private static let leads = [
        "async*", "specialized ", "merged ", "partial apply for ", "@objc ", "static ", "reabstraction thunk for ",
        "thunk for ", "implicit ",
    ]

    /// Words that symbol readers put before a name, and marks that runtimes put behind it.
    private static func withoutWrappings(_ text: String) -> String {
        var name = text[...]
        var isDone = false
        while !isDone {
            isDone = true
            for lead in leads where name.hasPrefix(lead) {
                name = name.dropFirst(lead.count)
                isDone = false
            }
            for mark in [" suspend resume partial function for ", " await resume partial function for "] {
                if name.hasPrefix("("), let range = name.range(of: mark) {
                    name = name[range.upperBound...]
                    isDone = false
                }
            }
            // A closure in a closure is one that the compiler numbers otherwise.
            if name.hasPrefix("closure #"), let range = name.range(of: " in "),
                name[range.upperBound...].hasPrefix("closure #")
            {
                name = name[range.upperBound...]
                isDone = false
            }
        }
        while name.hasSuffix("/<") || name.hasSuffix("/") { name = name.dropLast(name.hasSuffix("<") ? 2 : 1) }
        for end in ["-fm", "$adapted"] where name.hasSuffix(end) { name = name.dropLast(end.count) }
        if let range = name.range(of: " (index "), name.hasSuffix(")") { name = name[..<range.lowerBound] }
        return String(name)
    }

    /// `class@anonymous`, a path, a place, a number, and perhaps a method.
    private static func anonymousClass(_ name: String) -> String {
        guard let mark = name.range(of: "@anonymous") else { return name }
        let method = name[mark.upperBound...].range(of: "::").map { name[$0.lowerBound...] } ?? ""
        return String(name[..<mark.upperBound] + method)
    }

    /// Ruby 3.4 tells the class as well.
    private static func withoutReceiver(_ name: String) -> String {
        let lead = name.range(of: " in ").map { name[..<$0.upperBound] } ?? ""
        let rest = name[lead.endIndex...]
        guard let mark = rest.lastIndex(where: { $0 == "#" || $0 == "." }), rest.first?.isUppercase == true else {
            return name
        }
        return String(lead + rest[rest.index(after: mark)...])
    }

    /// `find<shop::User>`, `Map[go.shape.int]`, ``Repo`1[[User, Shop]]``, `shop[1a2b3c4d5e6f7890]::total`: what a
    /// name was made for.
    private static func withoutInstances(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "<")) || text.utf8.contains(UInt8(ascii: "[")) else { return text }
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            let isOpening = byte == UInt8(ascii: "<") || byte == UInt8(ascii: "[")
            if isOpening, let last = result.last, isIdentifier(last) || byte == UInt8(ascii: "<") && last == 0x3A,
                !ends(result, "operator"), let end = closing(bytes, place)
            {
                place = end + 1
                if result.suffix(2).elementsEqual([0x3A, 0x3A]), byte == UInt8(ascii: "<"),
                    place == bytes.count || bytes[place] != 0x3A
                {
                    result.removeLast(2)
                }
                continue
            }
            result.append(byte)
            place += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Names of languages that overload may carry their arguments, and modifiers before them.
    private static func withoutArguments(_ name: String) -> String {
        guard let open = name.utf8.firstIndex(of: UInt8(ascii: "(")), open > name.startIndex,
            isIdentifier(name.utf8[name.utf8.index(before: open)]), !name[..<open].hasSuffix("operator")
        else { return name }
        let lead = name[..<open]
        return lead.lastIndex(of: " ").map { String(lead[lead.index(after: $0)...]) } ?? String(lead)
    }

    private static func withoutMinified(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.contains(where: { $0.utf8.count <= 2 }) else { return name }
        let kept = parts.filter { $0.utf8.count > 2 }
        return kept.isEmpty || kept == ["Object"] ? "<minified>" : "<minified>." + kept.joined(separator: ".")
    }

    /// A name without long hashes and without numbers that compilers give.
    private static func symbol(_ text: String, isPlain: Bool = false) -> String {
        var name = isPlain ? text : CallName.plain(withoutInstances(text), isGo: false)
        if let mark = name.range(of: "$$Lambda") { name = String(name[..<mark.upperBound]) }
        if let mark = name.range(of: "-$$Lambda$") { name = String(name[..<mark.upperBound]) }
        for mark in [
            "SyntheticLambda", "SyntheticOutline", "lambda_method", ".deferwrap", "_block_invoke_", "_block_invoke",
        ]
        where name.contains(mark) {
            name = cut(name, after: mark)
        }
        if name.hasPrefix("__"), name.contains("-[") || name.contains("+[") {
            name = "__" + name.utf8.drop { $0 == 0x5F || (0x30...0x39).contains($0) }.text
        }
        if let mark = name.range(of: "Container"), name[mark.upperBound...].prefix(8).hasSuffix("\\") {
            name = String(name[..<mark.upperBound] + name[mark.upperBound...].dropFirst(7))
        }
        if name.hasSuffix("init.") { name.removeLast() }
        return withoutLongHashes(name)
    }

    private static func finished(_ name: String) -> String {
        var name = name
        for mark in ["{{closure}}", "{closure#}", "{closure_env#}", "{async_fn#}", "{async_fn_env#}", "{async_block#}"]
        {
            if let range = name.range(of: mark) { name = name.replacing(range, "{closure}") }
        }
        if name.hasSuffix("_block_invoke_") { name.removeLast() }
        // `init.0`, `init.1` of Go.
        if name == "init.0" || name.hasPrefix("init."), name.dropFirst(5).allSatisfy(\.isNumber) { name = "init" }
        return name
    }

    /// Takes digits out that follow a mark, and what a template compiler put there.
    private static func cut(_ name: String, after mark: String) -> String {
        guard let range = name.range(of: mark) else { return name }
        let rest = name[range.upperBound...].utf8.drop { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return String(name[..<range.upperBound]) + rest.text
    }

    /// Runs of sixteen hexadecimal digits and more, and what ERB puts behind the names of views.
    static func withoutLongHashes(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= 16 else { return text }
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            var end = place
            var digits = 0
            while end < bytes.count, isHex(bytes[end]) {
                if (0x30...0x39).contains(bytes[end]) { digits += 1 }
                end += 1
            }
            if end - place >= 16, digits > 0 {
                place = end
            } else if digits == end - place, digits >= 5, result.last == UInt8(ascii: "_"),
                ends(result, "__")
                    || place == bytes.count - digits && ends(result, "_") && !result.contains(0x2E)
                        && text.hasPrefix("_")
            {
                place = end
            } else {
                result.append(contentsOf: bytes[place..<max(end, place + 1)])
                place = max(end, place + 1)
            }
        }
        while ends(result, "__") { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    /// The class of a nested class's module: `Cart$Item` of `com.shop.Cart$Item`.
    private static func innerClass(_ module: String) -> String? {
        guard module.contains("$"), !module.contains("$$"),
            let name = module.split(separator: ".").last.map(String.init)
        else { return nil }
        return symbol(name)
    }

    private static func closing(_ bytes: [UInt8], _ open: Int) -> Int? {
        let close = bytes[open] + 2
        var depth = 0
        for place in open..<bytes.count {
            if bytes[place] == bytes[open] { depth += 1 }
            // An arrow closes nothing.
            if bytes[place] == close, close == UInt8(ascii: "]") || bytes[place - 1] != UInt8(ascii: "-") {
                depth -= 1
                if depth == 0 { return place }
            }
        }
        return nil
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }

    static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    private static func ends(_ bytes: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes.count >= $0.count && bytes.suffix($0.count).elementsEqual($0) }
    }
}

extension Substring.UTF8View {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

extension String {
    fileprivate func replacing(_ range: Range<Index>, _ text: String) -> String {
        String(self[..<range.lowerBound]) + text + self[range.upperBound...]
    }
}
