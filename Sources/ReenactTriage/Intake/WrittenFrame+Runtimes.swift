/// The forms of runtimes, operating systems and debuggers that no other line has.
extension WrittenFrame {
    /// `(acme 0.1.0) lib/acme/cart.ex:10: Acme.Cart.total/1`, as Elixir and Erlang print.
    ///
    /// Source: https://hexdocs.pm/elixir/Exception.html#format_stacktrace_entry/1
    static func beam(_ line: Substring) -> WrittenFrame? {
        var rest = line
        var application: Substring = ""
        if rest.first == "(", let end = rest.firstIndex(of: ")") {
            application = rest[rest.index(after: rest.startIndex)..<end].prefix { $0 != " " }
            rest = rest[rest.index(after: end)...].trimmed
        }
        guard let place = rest.before(": "), let function = rest.after(": "), let at = place.fileAndLine,
            [".ex", ".exs", ".erl", ".eex", ".heex", ".leex", ".hrl"].contains(where: { at.file.hasSuffix($0) })
        else { return nil }
        // The innermost call shows its arguments, and `f/2` else: that is no other function.
        let isNested = function.hasPrefix("anonymous fn")
        let name = isNested ? function : function.prefix { $0 != "(" && $0 != "/" }
        var frame = WrittenFrame(function: name, at: at)
        frame.isForeign = libraries.contains(application)
        return frame
    }

    private static let libraries: Set<Substring> = [
        "elixir", "stdlib", "kernel", "erts", "ex_unit", "mix", "logger", "phoenix", "phoenix_live_view", "plug",
        "plug_cowboy", "cowboy", "ranch", "bandit", "thousand_island", "ecto", "ecto_sql", "db_connection", "postgrex",
        "telemetry", "oban", "absinthe", "jason", "tesla", "finch", "mint", "gen_stage",
    ]

    /// `/srv/a.php(12): App\Cart->total(NULL)`, `[internal function]: f()`, `{main}`.
    static func php(_ line: Substring) -> WrittenFrame? {
        if line == "{main}" { return .init(function: line) }
        if let call = line.after("[internal function]: ") {
            return .init(function: call.prefix { $0 != "(" }, at: ("[internal function]", 0))
        }
        guard let place = line.before("): "), let call = line.after("): "), let open = place.lastIndex(of: "("),
            let number = Int(place[place.index(after: open)...])
        else { return nil }
        return .init(function: call.prefix { $0 != "(" }, at: (String(place[..<open]), number))
    }

    /// `Raised at Cart.total in file "cart.ml", line 12, characters 3-5`.
    static func camel(_ line: Substring) -> WrittenFrame? {
        guard let rest = line.after(" in file \""), let file = rest.before("\""), let head = line.before(" in file \"")
        else { return nil }
        let number = rest.after("line").flatMap { Int($0.trimmed.drop { !$0.isNumber }.prefix(while: \.isNumber)) }
        let name = head.after(" at ") ?? head.after(" from ") ?? head
        return .init(function: name, at: (String(file), number ?? 0))
    }

    /// `Acme.Orders.Get(Int32 id) in C:\src\Orders.cs:line 12`.
    static func dotNet(_ line: Substring) -> WrittenFrame? {
        guard let range = line.lastRange(of: ":line "), let number = Int(line[range.upperBound...]),
            let place = line[..<range.lowerBound].lastRange(of: " in ")
        else { return nil }
        let file = line[place.upperBound..<range.lowerBound]
        return .init(function: line[..<place.lowerBound].prefix { $0 != "(" }, at: (String(file), number))
    }

    /// `main::total(3) called at a.pl line 12` of Perl, `total, called at src/Cart.hs:12:5 in main:Cart` of Haskell.
    static func called(_ line: Substring) -> WrittenFrame? {
        guard let range = line.lastRange(of: " called at ") else { return nil }
        let place = line[range.upperBound...]
        var name = line[..<range.lowerBound].prefix { $0 != "(" }
        if name.last == "," { name = name.dropLast() }
        if let file = place.before(" line "), let number = place.after(" line ") {
            return .init(function: name, at: (String(file), Int(number.prefix(while: \.isNumber)) ?? 0))
        }
        guard let at = (place.before(" in ") ?? place).fileAndLine else { return nil }
        return .init(function: name, at: at)
    }

    /// `cart.lua:12: in function 'total'`, `cart.lua:12: in main chunk`.
    static func lua(_ line: Substring) -> WrittenFrame? {
        guard let place = line.before(": in "), let at = place.fileAndLine, let said = line.after(": in ") else {
            return nil
        }
        var name = said
        for word in ["function ", "method ", "local ", "field ", "upvalue "] where name.hasPrefix(word) {
            name = name.dropFirst(word.count)
        }
        // A function without a name is called after the line that it begins on.
        if name.first == "<" { name = "function" }
        return .init(function: name.filter { !"'`".contains($0) }[...], at: at)
    }

    /// `shop.exe!Cart::total(int n) Line 12`, `shop.dll!Cart.Total() + 0x1f`.
    static func windows(_ line: Substring) -> WrittenFrame? {
        guard let mark = line.firstIndex(of: "!"), case let image = line[..<mark], !image.contains(" "),
            [".exe", ".dll", ".sys"].contains(where: { image.lowercased().hasSuffix($0) })
        else { return nil }
        let call = withoutOffset(line[line.index(after: mark)...])
        let number = call.after(" Line ").flatMap { Int($0.prefix(while: \.isNumber)) } ?? 0
        return .init(function: call.prefix { $0 != "(" }, at: (String(image), number), module: image)
    }

    /// `Shop 0x0000000104 -[Cart total:] + 12`, `Shop 0x0104 Cart.total() + 12 (Cart.swift:12)`.
    static func apple(_ line: Substring) -> WrittenFrame? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, isAddress(words[1]), !isAddress(words[0]) else { return nil }
        var call = words[2].trimmed
        var at: (file: String, line: Int)?
        if call.last == ")", let open = call.lastIndex(of: "("), call.startIndex < open,
            let found = call[call.index(after: open)...].dropLast().fileAndLine
        {
            at = found
            call = call[..<open].trimmed
        }
        var frame = WrittenFrame(function: withoutOffset(call), at: at, module: words[0])
        frame.isForeign = words[0].hasPrefix("lib") || words[0] == "dyld" || words[0].hasSuffix("Kit")
        return frame
    }

    /// `Cart<int>::total (this=0x0, n=5) at /srv/cart.cc:12` of gdb, ``shop`total + 4 at cart.c:3:5`` of lldb,
    /// `total(_:) + 32 in shop at /srv/cart.swift:2:9` of Swift, `/lib/libc.so (abort+164)` of Android.
    static func native(_ line: Substring) -> WrittenFrame? {
        if line.first == "/", let open = line.firstIndex(of: "("), let image = line.before(" (") {
            let call = line[line.index(after: open)...].prefix { $0 != ")" }
            guard call.contains("+"), !image.contains(":") else { return nil }
            var frame = WrittenFrame(
                function: call.prefix { $0 != "+" }, module: image[image.lastIndex(of: "/")!...].dropFirst())
            frame.isForeign = image.hasPrefix("/system/") || image.hasPrefix("/apex/")
            return frame
        }
        guard let range = line.lastRange(of: " at "), let at = line[range.upperBound...].trimmed.fileAndLine else {
            // `_assertionFailure(_:_:) + 165 in libswiftCore.so`
            guard let inside = line.lastRange(of: " in "), case let call = withoutOffset(line[..<inside.lowerBound]),
                call.endIndex < inside.lowerBound
            else { return nil }
            var frame = WrittenFrame(function: call, module: line[inside.upperBound...].prefix { $0 != " " })
            frame.isForeign = frame.module.hasPrefix("lib")
            return frame
        }
        var call = line[..<range.lowerBound]
        var image: Substring = ""
        if let mark = call.firstIndex(of: "`") {
            image = call[..<mark]
            call = call[call.index(after: mark)...]
        } else if let inside = call.lastRange(of: " in ") {
            image = call[inside.upperBound...]
            call = call[..<inside.lowerBound]
        }
        return .init(function: withoutOffset(call.before(" (") ?? call), at: at, module: image)
    }
}
