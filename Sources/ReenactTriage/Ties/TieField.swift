import ReenactTimeline

/// The values of one field beside each other, and beside those of earlier answers.
struct TieField {
    private let places: [OddValue.Place]
    private let usual: ValueForm?
    private let usualEarlier: ValueForm?
    private let isAlwaysThereEarlier: Bool
    private let formsEarlier: Set<ValueForm>
    private var forms: [ValueForm: Int] = [:]
    private var absent = 0
    private var texts = 0
    private var shapes: [String: Int] = [:]
    /// How many texts have that character, which is neither letter nor digit.
    private var separators: [Character: Int] = [:]
    private var numbers = (negative: 0, zero: 0, all: 0)
    /// The two largest, without their signs.
    private var largest = (0.0, 0.0)
    /// Members of those that are objects.
    let keys: Set<String>

    init(_ places: [OddValue.Place], _ earlier: [OddValue.Place]) {
        self.places = places
        keys = Set((places + earlier).flatMap { $0.value?.object.map { Array($0.keys) } ?? [] })
        formsEarlier = Set(earlier.compactMap { $0.value.map(ValueForm.init) })
        isAlwaysThereEarlier = earlier.allSatisfy { $0.value != nil }
        usualEarlier = Self.most(Self.counts(earlier))
        forms = Self.counts(places)
        usual = Self.most(forms)
        for place in places {
            guard let value = place.value else {
                absent += 1
                continue
            }
            if let text = value.string {
                texts += 1
                shapes[Self.shape(text), default: 0] += 1
                for separator in Set(text.prefix(200).filter(Self.isSeparator)) {
                    separators[separator, default: 0] += 1
                }
            }
        }
        for place in places + earlier { if let value = place.value { note(Self.number(value)) } }
    }

    private mutating func note(_ number: Double?) {
        guard let number else { return }
        numbers.all += 1
        if number < 0 { numbers.negative += 1 }
        if number == 0 { numbers.zero += 1 }
        let size = abs(number)
        if size > largest.0 { largest = (size, largest.0) } else if size > largest.1 { largest.1 = size }
    }

    private static func counts(_ places: [OddValue.Place]) -> [ValueForm: Int] {
        var counts: [ValueForm: Int] = [:]
        for place in places { if let value = place.value { counts[ValueForm(value), default: 0] += 1 } }
        return counts
    }

    private static func most(_ counts: [ValueForm: Int]) -> ValueForm? {
        counts.filter { $0.key != .nothing }.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    }

    private static func isSeparator(_ character: Character) -> Bool { !character.isLetter && !character.isNumber }

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
        compareForm(value, &tie)
        if let value {
            compareText(value, &tie)
            compareNumber(value, &tie)
        }
        compareEarlier(value, &tie)
    }

    private func compareForm(_ value: JSONValue?, _ tie: inout Tie) {
        guard let value else {
            tie.signs.insert(.absent)
            if absent == 1 { tie.signs.insert(.soleNothing) }
            if places.count - absent >= 2 { tie.signs.insert(.oddForm) }
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
        guard let usual, places.count > 1, form != usual else { return }
        if form == .nothing {
            if forms[.nothing] == 1 { tie.signs.insert(.soleNothing) }
        } else if !form.isAkin(to: usual) || form == .emptyList || form == .emptyText {
            tie.signs.insert(.oddForm)
            if forms[form] == 1 { tie.signs.insert(.onlyOddForm) }
        }
        addHolder(form, usual, &tie)
    }

    private func addHolder(_ form: ValueForm, _ usual: ValueForm, _ tie: inout Tie) {
        let holders: Set<ValueForm> = [.object, .list, .emptyList, .emptyObject]
        if holders.contains(form), !holders.contains(usual) { tie.signs.insert(.holderForValue) }
        if form != .nothing, !holders.contains(form), holders.contains(usual) { tie.signs.insert(.valueForHolder) }
    }

    private func compareText(_ value: JSONValue, _ tie: inout Tie) {
        guard let text = value.string, texts >= 3 else { return }
        if shapes[Self.shape(text)] == 1, let most = shapes.values.max(), most * 3 >= (texts - 1) * 2 {
            tie.signs.insert(.oddShape)
        }
        if separators.contains(where: { $0.value == texts - 1 && !text.contains($0.key) }) {
            tie.signs.insert(.lacksSeparator)
        }
    }

    private func compareNumber(_ value: JSONValue, _ tie: inout Tie) {
        guard let number = Self.number(value) else { return }
        if number == 0 { tie.signs.insert(.zero) }
        if number < 0 { tie.signs.insert(.negative) }
        if abs(number) > 1e15 { tie.signs.insert(.huge) }
        guard numbers.all > 1 else { return }
        let most = abs(number) == largest.0 ? largest.1 : largest.0
        if number < 0 && numbers.negative == 1 || number == 0 && numbers.zero == 1 && numbers.negative == 0
            || most > 0 && abs(number) > most * 1000
        {
            tie.signs.insert(.outlier)
        }
    }

    private func compareEarlier(_ value: JSONValue?, _ tie: inout Tie) {
        guard let before = usualEarlier else { return }
        guard let value else {
            if isAlwaysThereEarlier { tie.signs.insert(.oddBesideEarlier) }
            return
        }
        let form = ValueForm(value)
        guard !form.isAkin(to: before), !formsEarlier.contains(form) else { return }
        tie.signs.insert(.oddBesideEarlier)
        addHolder(form, before, &tie)
    }
}
