/// Lines of styled text that grow from top to bottom.
struct Page {
    /// How a piece of text looks where there are colours.
    enum Style {
        case plain, strong, faint, bad, good, mark, heading

        var code: String {
            switch self {
            case .plain: ""
            case .strong: "1"
            case .faint: "2"
            case .bad: "1;31"
            case .good: "32"
            case .mark: "1;33"
            case .heading: "1;36"
            }
        }
    }

    let width: Int
    private let colour: Bool
    private(set) var text = ""

    init(_ surroundings: Surroundings) {
        width = surroundings.width
        colour = surroundings.colour
    }

    /// Adds one line; each piece is neutralised.
    mutating func line(_ pieces: (String, Style)...) { line(pieces) }

    mutating func line(_ pieces: [(String, Style)]) {
        var line = ""
        for (piece, style) in pieces where !piece.isEmpty {
            let piece = Terminal.neutral(piece)
            line += colour && style != .plain ? "\u{1B}[\(style.code)m\(piece)\u{1B}[0m" : piece
        }
        while line.last == " " { line.removeLast() }
        text += line + "\n"
    }

    /// Adds a paragraph, broken to the width.
    mutating func paragraph(_ words: String, indent: Int, _ style: Style = .plain) {
        for part in Terminal.wrap(Terminal.oneLine(words), width - indent) {
            line((String(repeating: " ", count: indent), .plain), (part, style))
        }
    }

    mutating func heading(_ title: String, _ note: String = "") {
        line()
        line((title, .heading), (note.isEmpty ? "" : "  " + note, .faint))
    }
}
