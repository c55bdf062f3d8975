import Foundation

/// A message, to be looked into by name.
enum JSON: Decodable, Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let one = try decoder.singleValueContainer()
        if one.decodeNil() {
            self = .null
        } else if let value = try? one.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? one.decode(Int.self) {
            self = .int(value)
        } else if let value = try? one.decode(Double.self) {
            self = .double(value)
        } else if let value = try? one.decode(String.self) {
            self = .string(value)
        } else if let value = try? one.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try one.decode([String: JSON].self))
        }
    }

    subscript(_ name: String) -> JSON {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    subscript(_ index: Int) -> JSON {
        let all = list
        let at = index < 0 ? all.count + index : index
        return all.indices.contains(at) ? all[at] : .null
    }

    var list: [JSON] { if case .array(let all) = self { all } else { [] } }
    var text: String { if case .string(let text) = self { text } else { "" } }
    var number: Int? { if case .int(let number) = self { number } else { nil } }
}
