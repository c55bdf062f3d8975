extension SQLParser {
    /// What stands behind OVER.
    mutating func window() throws(FixtureError) -> SQLWindow {
        guard take("(") else { return try namedWindow() }
        defer { depth -= 1 }
        depth += 1
        guard depth < 200 else { throw expected("less nesting") }
        let isNamed =
            (here.kind == .word || here.kind == .quotedWord)
            && !["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"].contains(here.upper)
        var window = isNamed ? try namedWindow() : SQLWindow()
        if take("PARTITION", "BY") { window.partition = try list() }
        if take("ORDER", "BY") { window.order = try orders() }
        if ["ROWS", "RANGE", "GROUPS"].contains(where: isNext) { window.frame = try frame() }
        try need(")")
        return window
    }

    private mutating func namedWindow() throws(FixtureError) -> SQLWindow {
        let own = try name().lowercased()
        if let window = windows[own] { return window }
        at -= 1
        throw expected("a window that the WINDOW clause names")
    }

    /// The WINDOW clause of the SELECT whose items come next: they use what it names.
    mutating func windowsAhead() throws(FixtureError) {
        let (start, parameter) = (at, nextParameter)
        defer { (at, nextParameter) = (start, parameter) }
        var inner = 0
        while here.kind != .end {
            if isNext("(") { inner += 1 }
            if isNext(")") { inner -= 1 }
            if inner < 0 || (inner == 0 && ["UNION", "EXCEPT", "INTERSECT", ";"].contains(where: isNext)) { return }
            if inner == 0, isNext("WINDOW"), ahead(2).upper == "AS", ahead(3).text == "(" {
                windows.merge(try namedWindows()) { $1 }
                return
            }
            at += 1
        }
    }

    mutating func namedWindows() throws(FixtureError) -> [String: SQLWindow] {
        try need("WINDOW")
        let outer = windows
        defer { windows = outer }
        var list: [String: SQLWindow] = [:]
        repeat {
            let own = try name().lowercased()
            try need("AS")
            let made = try window()
            // One may build on those before it.
            (list[own], windows[own]) = (made, made)
        } while take(",")
        return list
    }

    private mutating func frame() throws(FixtureError) -> SQLFrame {
        var frame = SQLFrame(unit: here.upper, start: nil, end: 0)
        at += 1
        if take("BETWEEN") {
            frame.start = try edge(&frame)
            try need("AND")
            frame.end = try edge(&frame)
        } else {
            frame.start = try edge(&frame)
        }
        if take("EXCLUDE") {
            frame.isOther = !take("NO", "OTHERS")
            while frame.isOther, here.kind == .word { at += 1 }
        }
        return frame
    }

    private mutating func edge(_ frame: inout SQLFrame) throws(FixtureError) -> Int? {
        if take("UNBOUNDED") {
            guard take("PRECEDING") || take("FOLLOWING") else { throw expected("PRECEDING or FOLLOWING") }
            return nil
        }
        if take("CURRENT", "ROW") { return 0 }
        let distance = try expression()
        guard case .value(.int(let number)) = distance, (0...1_000_000).contains(number) else {
            frame.isOther = true
            guard take("PRECEDING") || take("FOLLOWING") else { throw expected("PRECEDING or FOLLOWING") }
            return 0
        }
        if take("PRECEDING") { return -Int(number) }
        guard take("FOLLOWING") else { throw expected("PRECEDING or FOLLOWING") }
        return Int(number)
    }
}
