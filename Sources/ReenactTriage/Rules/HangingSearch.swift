import ReenactTimeline

/// Looks through all that came for both ends of a reference.
struct HangingSearch {
    private let lookup: FailedLookup
    private let sources: [(source: HangingReference.Source, fields: FieldPlaces)]
    private static let answersMax = 30

    init(_ lookup: FailedLookup, _ look: Look) {
        self.lookup = lookup
        let answers = look.answers.prefix(Self.answersMax).filter {
            ($0.http?.status ?? 200) < 400 && $0.sql?.error == nil && !$0.waits
        }
        let parts = look.inputs.parts.filter { $0.kind != "headers" }
        sources =
            answers.map { (.init(answer: $0), FieldPlaces($0)) }
            + parts.map { (.init(part: $0), FieldPlaces($0.document, budget: 1000)) }
    }

    /// None of what was searched came from outside: a table of the program's own.
    var isOwn: Bool {
        guard let held = lookup.held, held.count > 1 else { return false }
        return !sources.contains {
            $0.fields.places.values.contains { places in
                Set(places.compactMap(\.text)).intersection(held).count * 2 >= held.count
            } || $0.fields.mappings.contains { $0.keys.intersection(held).count * 2 >= held.count }
        }
    }

    func reference() -> HangingReference.Reference? {
        let key = FailedLookup.text(lookup.key)
        let held = lookup.held ?? []
        var best: (score: Int, reference: HangingReference.Reference)?
        for (source, fields) in sources {
            for (field, places) in fields.places.sorted(by: { $0.key < $1.key }) {
                let hits = places.filter { place in
                    guard let value = place.value else { return key == nil }
                    // PHP takes null for an empty key; programs change the case.
                    if value == .null { return key?.isEmpty ?? true }
                    guard value.object == nil, value.array == nil, let key else { return false }
                    return FailedLookup.text(value).map { $0 == key || $0.lowercased() == key.lowercased() } ?? false
                }
                let words = hits.isEmpty ? places.filter { Self.words($0.text).contains(key ?? "") } : []
                guard let place = hits.first ?? words.first else { continue }
                let others = places.flatMap { one in
                    hits.isEmpty ? Self.words(one.text) : [one.text].compactMap(\.self)
                }.filter { $0 != key }
                let known = Set(others)
                let isLinked = !known.isEmpty && known.intersection(held).count * 2 >= known.count
                let isNamed = Self.isSame(place.name, lookup.name)
                // One word of several proves nothing by itself.
                guard isLinked || !hits.isEmpty else { continue }
                let isTelling = hits.first.map { !SourceText.isTrivial($0.text ?? "") } ?? false
                let score =
                    (isNamed ? 3 : 0) + (isLinked ? 3 : 0) + (isTelling ? 1 : 0) - (hits.isEmpty ? 2 : 0)
                    + (others.isEmpty ? 0 : 1)
                guard score >= (key == nil ? 3 : 2), score > best?.score ?? 0 else { continue }
                best = (
                    score,
                    .init(
                        source: source, field: field, place: place, others: others, count: max(hits.count, words.count),
                        isNamed: isNamed, isWord: hits.isEmpty)
                )
            }
        }
        return best?.reference
    }

    func target(_ reference: HangingReference.Reference?) -> HangingReference.Target? {
        var best: (surplus: Int, target: HangingReference.Target)?
        for (source, fields) in sources {
            let isOwn = reference.map { source.evidence == $0.source.evidence } ?? false
            // What was searched is not known: then it came from somewhere else.
            if isOwn, lookup.held == nil { continue }
            for (field, places) in fields.places.sorted(by: { $0.key < $1.key })
            where !(isOwn && field == reference?.field) {
                let values = Set(places.compactMap(\.text))
                guard let name = places.first?.name, fits(values, name, field, reference) else { continue }
                var surplus = values.subtracting(lookup.held ?? []).count
                if let reference, !Self.isSame(name, reference.place.name) { surplus += 2 }
                guard surplus < best?.surplus ?? .max else { continue }
                let target = HangingReference.Target(
                    source: source, name: name, values: Array(values), odd: Self.odd(places, reference))
                best = (surplus, target)
            }
            for mapping in fields.mappings {
                guard let held = lookup.held, held.count > 1, mapping.keys == held, best?.surplus ?? .max > 0 else {
                    continue
                }
                let name = mapping.path.split { ".[]0123456789".contains($0) }.last.map(String.init) ?? ""
                best = (0, .init(source: source, name: name, values: Array(held), odd: nil))
            }
        }
        return best?.target
    }

    private func fits(
        _ values: Set<String>, _ name: String, _ field: String, _ reference: HangingReference.Reference?
    ) -> Bool {
        if values.contains(FailedLookup.text(lookup.key) ?? "\0") { return false }
        let isNamed = reference.map { Self.isSame(name, $0.place.name) } ?? false || Self.isSame(name, lookup.name)
        // `$users[…]` of `users[].id`.
        let holder = lookup.holder.lowercased().filter { $0.isLetter || $0.isNumber }
        let isHolders =
            holder.count > 2 && field.lowercased().contains(holder)
            && ["id", "key", "code", "slug", "name", "uuid", "number"].contains { name.lowercased().hasSuffix($0) }
        guard let held = lookup.held else {
            return (isNamed || isHolders) && !values.isDisjoint(with: reference?.others ?? [])
        }
        // One thing may be found anywhere.
        guard let first = held.first, held.count > 1 || isNamed || first.contains(where: \.isLetter) else {
            return false
        }
        if held.isSubset(of: values) { return true }
        // Programs write some of them otherwise, and what is odd is printed in another way.
        let common = Set(held.map { $0.lowercased() }).intersection(values.map { $0.lowercased() }).count
        return common > 1 && common * 3 >= held.count * 2
    }

    /// The only one that nothing refers to and that has another shape than the others.
    private static func odd(
        _ places: [FieldPlaces.Place], _ reference: HangingReference.Reference?
    ) -> FieldPlaces.Place? {
        let named = Set(reference?.others ?? places.compactMap(\.text))
        let key = reference?.place.text ?? ""
        let usual = Set(
            (places.compactMap(\.text).filter(named.contains) + (key.isEmpty ? [] : [key])).map(
                HangingReference.Shape.of))
        let odd = places.filter { place in
            guard let text = place.text else { return true }
            return text.isEmpty || !named.contains(text) && !usual.contains(HangingReference.Shape.of(text))
        }
        return odd.count == 1 && places.count > 1 ? odd[0] : nil
    }

    private static func words(_ text: String?) -> [String] {
        guard let text, text.utf8.count <= 200 else { return [] }
        let words = text.split { $0.isWhitespace || ",;|/*+&".contains($0) }.map(String.init)
        return words.count > 1 ? words : []
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        guard !one.isEmpty, !other.isEmpty else { return false }
        return Inputs.isSame(one, other) || one.hasSuffix("_" + other) || other.hasSuffix("_" + one)
    }
}
