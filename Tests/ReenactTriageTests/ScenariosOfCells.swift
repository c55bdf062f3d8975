import ReenactSamples
import ReenactTimeline

/// What single cells, and rows that are not there, do to the code that reads them.
extension Scenario {
    private static func rates(_ locals: [(String, String)]) -> (inout SampleBuilder) -> Void {
        {
            _ = $0.sql(
                "SELECT day, sum(amount), max(rate) FROM sales GROUP BY 1", columns: ["day", "sum", "max"],
                rows: [["2024-01-01 00:00:00+00", "11", "1.2"], ["2024-02-01 00:00:00+00", "7", nil]])
            $0.fail(
                "TypeError", "float() argument must be a string or a real number, not 'NoneType'",
                frames: [
                    frame("report.<locals>.<listcomp>", "/srv/app/app.py", 15, "float(r)", locals: locals)
                ])
        }
    }

    private static func document(_ cell: JSONValue, _ held: String) -> (inout SampleBuilder) -> Void {
        {
            _ = $0.sql(
                "SELECT key, value FROM settings WHERE owner = ?", on: "sqlite", params: [7],
                columns: ["key", "value"],
                rows: [["fixed", cell]])
            _ = $0.sql("SELECT id FROM visits", on: "sqlite", columns: ["id"], rows: [[1]])
            $0.fail(
                "AttributeError", "'list' object has no attribute 'get'",
                frames: [
                    frame(
                        "show", "/srv/app/view.py", 9, "name = fixed.get(key)",
                        locals: [("fixed", held), ("key", "'x'")])
                ])
        }
    }

    private static func average(_ source: String, rows: [[JSONValue]]) -> (inout SampleBuilder) -> Void {
        {
            _ = $0.sql("SELECT qty FROM items WHERE bill = $1", params: [2], columns: ["qty"], rows: rows)
            $0.fail(
                "die", "Illegal division by zero", language: "perl", handling: .printed,
                frames: [frame("", "/srv/app/app.pl", 10, source)])
        }
    }

    static let cells: [Scenario] = [
        .init(
            "NULL in one of several rows, its other cells in hand", "unexpected-null", says: ["`max` of row 2"],
            rates([("_", "datetime.datetime(2024, 2, 1, 0, 0, tzinfo=UTC)"), ("s", "Decimal('7')"), ("r", "None")])),
        .init(
            "NULL in a row that is not the one in hand", "unclear",
            rates([("_", "datetime.datetime(2024, 3, 1, 0, 0)"), ("s", "Decimal('8')"), ("r", "None")])),
        .init(
            "a list in a cell where an object was to be", "dependency-unexpected-form", says: ["`value`"],
            document("[\"x\", 1]", "['x', 1]")),
        .init("a list that no cell holds", "unclear", document("[\"y\", 2]", "['x', 1]")),
        .init(
            "an average of no rows", "missing-row", says: ["found no row"],
            average("my $avg = $total / @$items;", rows: [])),
        .init("a division by something else", "unclear", average("my $avg = $total / $n;", rows: [["1"]])),
    ]
}
