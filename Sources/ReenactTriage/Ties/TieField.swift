import ReenactTimeline

/// The values of one field beside each other, and beside those of earlier answers.
struct TieField {
    private let places: [OddValue.Place]
    private let earlier: [OddValue.Place]
    private let forms: [ValueForm?]
    private let shapes: [String?]
    private let numbers: [Double?]
    private let usual: ValueForm?
    private let usualEarlier: ValueForm?
    /// Members of those that are objects.
    let keys: Set<String>

    init(_ places: [OddValue.Place], _ earlier: [OddValue.Place]) {
        self.places = places
        self.earlier = earlier
        forms = places.map { $0.value.map(ValueForm.init) }
        shapes = places.map { $0.value?.string.map(Self.shape) }
        numbers = places.map { $0.value.flatMap(Self.number) }
        usual = Self.most(forms.compactMap(\.self).filter { $0 != .nothing })
        usualEarlier = Self.most(earlier.compactMap { $0.value.map(ValueForm.init) }.filter { $0 != .nothing })
        keys = Set((places + earlier).flatMap { $0.value?.object.map { Array($0.keys) } ?? [] })
    }

    private static func most(_ forms: [ValueForm]) -> ValueForm? {
        var counts: [ValueForm: Int] = [:]
        for form in forms { counts[form, default: 0] += 1 }
        return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    }

    /// Letters and digits do not count, only how they follow each other: `B-0012` and `C-7` are alike.
    private static func shape(_ text: String) -> String {
        var shape = ""
        for character in text.prefix(80) {
            let next: Character = character.isLetter ? "a" : character.isNumber ? "9" : character
            if shape.last != next { shape.append(next) }
        }
        return shape
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .string(let text): text.first.map { $0.isNumber || $0 == "-" } ?? false ? Double(text) : nil
        default: nil
        }
    }

    /// What is odd about one of them.
    func compare(_ index: Int, _ tie: inout Tie) {
        let value = places[index].value
        tie.siblings = places.count - 1
        tie.usual = usual ?? usualEarlier
        compareForm(index, value, &tie)
        compareText(index, value, &tie)
        compareNumber(index, &tie)
        compareEarlier(value, &tie)
    }

    private func compareForm(_ index: Int, _ value: JSONValue?, _ tie: inout Tie) {
        let others = forms.indices.filter { $0 != index }.map { forms[$0] }
        guard let value else {
            tie.signs.insert(.absent)
            if others.filter({ $0 == nil }).isEmpty { tie.signs.insert(.soleNothing) }
            if others.filter({ $0 != nil }).count >= 2 { tie.signs.insert(.oddForm) }
            return
        }
        let form = ValueForm(value)
        switch form {
        case .nothing: tie.signs.insert(.nothing)
        case .emptyText: tie.signs.insert(.emptyText)
        case .emptyList, .emptyObject: tie.signs.insert(.emptyHolder)
        case .notFinite: tie.signs.insert(.notFinite)
        case .control: tie.signs.insert(.control)
        default: break
        }
        guard let usual, !others.isEmpty, form != usual else { return }
        let alike = others.filter { $0?.isAkin(to: form) ?? false }.count
        if form == .nothing {
            if alike == 0 { tie.signs.insert(.soleNothing) }
        } else if !form.isAkin(to: usual) || form == .emptyList || form == .emptyText {
            tie.signs.insert(.oddForm)
            if !others.contains(form) { tie.signs.insert(.onlyOddForm) }
        }
        addHolder(form, usual, &tie)
    }

    private func addHolder(_ form: ValueForm, _ usual: ValueForm, _ tie: inout Tie) {
        let holders: Set<ValueForm> = [.object, .list, .emptyList, .emptyObject]
        if holders.contains(form), !holders.contains(usual) { tie.signs.insert(.holderForValue) }
        if form != .nothing, !holders.contains(form), holders.contains(usual) { tie.signs.insert(.valueForHolder) }
    }

    private func compareText(_ index: Int, _ value: JSONValue?, _ tie: inout Tie) {
        guard let text = value?.string, let shape = shapes[index] else { return }
        let others = places.indices.filter { $0 != index && shapes[$0] != nil }
        guard others.count >= 2 else { return }
        let alike = others.filter { shapes[$0] == shape }.count
        var counts: [String: Int] = [:]
        for other in others { counts[shapes[other] ?? "", default: 0] += 1 }
        if alike == 0, let most = counts.values.max(), most * 3 >= others.count * 2 { tie.signs.insert(.oddShape) }
        let first = places[others[0]].value?.string ?? ""
        let separators = Set(first.filter { !$0.isLetter && !$0.isNumber })
        let shared = separators.filter { separator in
            others.allSatisfy { places[$0].value?.string?.contains(separator) ?? false }
        }
        if shared.contains(where: { !text.contains($0) }) { tie.signs.insert(.lacksSeparator) }
    }

    private func compareNumber(_ index: Int, _ tie: inout Tie) {
        guard let number = numbers[index] else { return }
        if number == 0 { tie.signs.insert(.zero) }
        if number < 0 { tie.signs.insert(.negative) }
        if abs(number) > 1e15 { tie.signs.insert(.huge) }
        let others =
            numbers.indices.filter { $0 != index }.compactMap { numbers[$0] }
            + earlier.compactMap {
                $0.value.flatMap(Self.number)
            }
        guard !others.isEmpty else { return }
        let most = others.map(abs).max() ?? 0
        if number < 0 && others.allSatisfy({ $0 >= 0 }) || number == 0 && others.allSatisfy({ $0 > 0 })
            || most > 0 && abs(number) > most * 1000
        {
            tie.signs.insert(.outlier)
        }
    }

    private func compareEarlier(_ value: JSONValue?, _ tie: inout Tie) {
        guard let before = usualEarlier else { return }
        guard let value else {
            if earlier.allSatisfy({ $0.value != nil }) { tie.signs.insert(.oddBesideEarlier) }
            return
        }
        let form = ValueForm(value)
        guard !form.isAkin(to: before), !earlier.contains(where: { $0.value.map(ValueForm.init) == form }) else {
            return
        }
        tie.signs.insert(.oddBesideEarlier)
        addHolder(form, before, &tie)
    }
}
