/// Whether a text speaks of a table: `bookmark`, `Bookmark`, `BookmarkDoesNotExist`, `app_bookmarks`.
enum TableName {
    static func isMentioned(_ table: String, in text: String) -> Bool {
        let lower = text.lowercased()
        return stems(table).contains { lower.contains($0) }
    }

    /// The name, its singular, and its last part: `shop_orders` gives `shop_orders`, `shop_order`, `order`.
    static func stems(_ table: String) -> [String] {
        let name = table.lowercased()
        var stems = [name, singular(name)]
        if let last = name.split(separator: "_").last.map(String.init), last.count > 3 { stems.append(singular(last)) }
        return stems.filter { $0.count > 2 }
    }

    private static func singular(_ name: String) -> String {
        if name.hasSuffix("ies"), name.count > 4 { return name.dropLast(3) + "y" }
        return name.hasSuffix("s") && !name.hasSuffix("ss") && name.count > 3 ? String(name.dropLast()) : name
    }
}
