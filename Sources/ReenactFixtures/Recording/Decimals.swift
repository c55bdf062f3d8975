/// Decimal numbers in the form that PostgreSQL gives them: `0E-20`, as drivers may write it, is a point and twenty zeros.
enum Decimals {
    static func plain(_ text: String) -> String {
        guard let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }),
            let exponent = Int(text[text.index(after: mark)...]), abs(exponent) < 2000
        else { return text }
        var digits = String(text[..<mark])
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var whole = parts[0]
        var fraction = parts.count > 1 ? parts[1] : ""
        if exponent >= 0 {
            while fraction.utf8.count < exponent { fraction.append("0") }
            whole += fraction.prefix(exponent)
            fraction = String(fraction.dropFirst(exponent))
        } else {
            while whole.utf8.count <= -exponent { whole = "0" + whole }
            fraction = whole.suffix(-exponent) + fraction
            whole = String(whole.dropLast(-exponent))
        }
        let first = whole.firstIndex { $0 != "0" }
        whole = first.map { String(whole[$0...]) } ?? "0"
        return (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}
